import './nonce.ts'
import './theme.css'
import { StrictMode } from 'react'
import { createRoot } from 'react-dom/client'
import { App } from './App.tsx'
import { followTheme } from './theme.ts'

followTheme()

const place = document.getElementById('app')
if (place === null) throw new Error('the page has no place for the application')
createRoot(place).render(
  <StrictMode>
    <App path={location.pathname} />
  </StrictMode>,
)
