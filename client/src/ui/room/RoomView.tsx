import { useCallback, useEffect, useRef, useState } from 'react'
import type { Room } from '../../room/room.ts'
import { settings } from '../../room/settings.ts'
import { isThere } from '../../room/task.ts'
import { noteVisit } from '../../room/visited.ts'
import { later } from '../parts/later.tsx'
import { type ShortcutId, shortcutOf } from '../shortcuts.ts'
import { useAskBeforeLeaving } from '../use-ask-before-leaving.ts'
import { useStore } from '../use-store.ts'
import { Bar } from './Bar.tsx'
import { CodePane } from './CodePane.tsx'
import { Ended } from './Ended.tsx'
import { Notices } from './Notices.tsx'
import { OpenFile } from './OpenFile.tsx'
import { OutputPane } from './OutputPane.tsx'
import css from './room.module.css'
import { Splitter } from './Splitter.tsx'
import { copyAndTell, shareLink } from './share.ts'
import { terminalSize } from './terminal-size.ts'
import { useLookingBack } from './use-looking-back.ts'
import { useTaskShown } from './use-task-shown.ts'
import { Waiting } from './Waiting.tsx'

const HostPanel = later(() => import('../host/HostPanel.tsx'))
const TaskPane = later(() => import('../task/TaskPane.tsx'))
const NameDialog = later(() => import('./NameDialog.tsx'))
const SettingsDialog = later(() => import('./SettingsDialog.tsx'))
const PlaybackView = later(() => import('./PlaybackView.tsx'))
const ShortcutsDialog = later(() => import('./ShortcutsDialog.tsx'))
const VersionsDialog = later(() => import('./VersionsDialog.tsx'))

export type Overlay = 'settings' | 'shortcuts' | 'versions' | 'name' | null

/** While one looks back, the keys that are about the code as it is now do nothing. */
const OF_PLAYBACK: ReadonlySet<ShortcutId> = new Set(['share', 'help'])

export function RoomView({ room }: { room: Room }) {
  const { state } = useStore(room.link)
  const { language, title } = useStore(room.record)
  const { fontSize } = useStore(settings)
  const [overlay, setOverlay] = useState<Overlay>(null)
  const [isPlayback, setPlayback] = useLookingBack()
  const [lookedAt, lookAt] = useState<number | null>(null)
  const [isHosting, setHosting] = useState(false)
  const isHost = useStore(room.hosting.isHost)
  const isWaiting = useStore(room.isWaiting)
  const [share, setShare] = useState(0.6)
  const [isTaskShown, setTaskShown] = useTaskShown(room)
  const showTask = useCallback(
    (isShown: boolean) => {
      setTaskShown(isShown)
      if (isShown && !isWide()) setHosting(false)
    },
    [setTaskShown],
  )
  const showHost = (isShown: boolean) => {
    setHosting(isShown)
    if (isShown && !isWide()) setTaskShown(false)
  }
  const [isOpeningFile, setOpeningFile] = useState(false)
  const main = useRef<HTMLElement>(null)

  useEffect(() => {
    if (language !== '') {
      noteVisit({ id: room.sessionId, title, language, at: Date.now(), isHost })
    }
    document.title = title === '' ? 'Algoroom' : `${title} · Algoroom`
  }, [room, language, title, isHost])

  useAskBeforeLeaving(useCallback(() => room.link.get().saving !== 'saved', [room]))

  useEffect(() => {
    document.documentElement.style.setProperty('--code-size', `${fontSize}px`)
  }, [fontSize])

  const act = useCallback(
    (id: ShortcutId) => {
      const running = room.runs.running.get()
      switch (id) {
        case 'run':
          if (running === null && room.mayRun.get()) void room.run(terminalSize.get())
          break
        case 'test': {
          const count = room.task.now.get()?.caseCount ?? 0
          if (running === null && count > 0 && room.mayRun.get()) void room.runTests()
          break
        }
        case 'stop':
          if (running !== null && room.mayStop.get()) void room.stop(running.id)
          break
        case 'editor':
          main.current?.querySelector<HTMLElement>('.cm-content')?.focus()
          break
        case 'terminal':
          ;(
            main.current?.querySelector<HTMLElement>('[data-output] textarea') ??
            main.current?.querySelector<HTMLElement>('[data-output]')
          )?.focus()
          break
        case 'task':
          if (isThere(room.task.now.get()) || room.task.mayWrite.get()) showTask(!isTaskShown)
          break
        case 'share':
          void copyAndTell(room, 'Link', shareLink(room))
          break
        case 'playback':
          lookAt(null)
          setPlayback(true)
          break
        case 'help':
          setOverlay('shortcuts')
          break
      }
    },
    [room, isTaskShown, showTask, setPlayback],
  )

  useEffect(() => {
    const press = (event: KeyboardEvent) => {
      const id = shortcutOf(event)
      if (id === null || isOverlaid(event.target)) return
      if (isPlayback && !OF_PLAYBACK.has(id)) return
      event.preventDefault()
      // A key that is held down asks once.
      if (!event.repeat) act(id)
    }
    window.addEventListener('keydown', press)
    return () => window.removeEventListener('keydown', press)
  }, [act, isPlayback])

  const closePlayback = useCallback(() => setPlayback(false), [setPlayback])
  const fileAsked = useCallback(() => setOpeningFile(false), [])

  if (state.kind === 'ended') return <Ended room={room} code={state.code} reason={state.reason} />

  if (isWaiting && state.kind === 'connecting') return <Waiting room={room} />

  return (
    <div className={css.room}>
      <Bar
        room={room}
        isHidden={isPlayback}
        act={act}
        open={setOverlay}
        isHosting={isHosting}
        setHosting={showHost}
        openFile={() => setOpeningFile(true)}
        isTaskShown={isTaskShown}
        showTask={showTask}
      />
      {isPlayback && <PlaybackView room={room} from={lookedAt} close={closePlayback} />}
      <div className={css.desk} hidden={isPlayback}>
        {isTaskShown && <TaskPane room={room} close={() => showTask(false)} />}
        <main className={css.work} ref={main}>
          <h1 className="unseen">{title || 'A room without a title'}</h1>
          <div className={css.panes}>
            <CodePane room={room} share={share} />
            <Splitter share={share} setShare={setShare} />
            <OutputPane room={room} />
          </div>
        </main>
        {isHost && isHosting && <HostPanel room={room} close={() => setHosting(false)} />}
      </div>
      <OpenFile room={room} isAsked={isOpeningFile} done={fileAsked} />
      <Notices room={room} />
      {overlay === 'name' && <NameDialog close={() => setOverlay(null)} />}
      {overlay === 'settings' && <SettingsDialog close={() => setOverlay(null)} />}
      {overlay === 'shortcuts' && <ShortcutsDialog close={() => setOverlay(null)} />}
      {overlay === 'versions' && (
        <VersionsDialog
          room={room}
          look={(seq) => {
            lookAt(seq)
            setPlayback(true)
          }}
          close={() => setOverlay(null)}
        />
      )}
    </div>
  )
}

/** Whether there is room for two panels beside the work. */
function isWide(): boolean {
  return matchMedia('(min-width: 1000px)').matches
}

/** Whether a key is pressed in something that lies above the room and is answered first. */
function isOverlaid(target: EventTarget | null): boolean {
  const above = '[role=dialog], [role=alertdialog], [role=menu]'
  return target instanceof Element && target.closest(above) !== null
}
