import { start } from '../start.tsx'
import { RoomPage } from './RoomPage.tsx'

const [, , sessionId = ''] = location.pathname.split('/')

start(<RoomPage sessionId={decodeURIComponent(sessionId)} />)
