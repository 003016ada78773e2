import { start } from '../start.tsx'
import { FrontPage } from './FrontPage.tsx'

start(<FrontPage />)
