import './nonce.ts'
import './theme.css'
import { type ReactNode, StrictMode } from 'react'
import { createRoot } from 'react-dom/client'
import { loadAccount } from '../room/account.ts'
import { Server } from '../room/server.ts'
import { followTheme } from './theme.ts'

/** Shows a page in place of what its document shows until then. */
export function start(page: ReactNode): void {
  followTheme()
  void loadAccount(new Server())
  const place = document.getElementById('app')
  if (place === null) throw new Error('the document has no place for the page')
  createRoot(place).render(<StrictMode>{page}</StrictMode>)
}
