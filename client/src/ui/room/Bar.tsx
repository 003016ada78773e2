import { useEffect, useRef, useState } from 'react'
import { displayName, fileEnding, languages } from '../../room/languages.ts'
import { readOnlyCaveat, readOnlyLink } from '../../room/links.ts'
import type { Room } from '../../room/room.ts'
import { Button } from '../parts/Button.tsx'
import { LinkIcon, More } from '../parts/icons.tsx'
import { Menu, MenuItem, MenuLine } from '../parts/Menu.tsx'
import type { ShortcutId } from '../shortcuts.ts'
import { useStore } from '../use-store.ts'
import css from './bar.module.css'
import { People } from './People.tsx'
import type { Overlay } from './RoomView.tsx'
import { RunButton } from './RunButton.tsx'
import { Standing } from './Standing.tsx'
import { copyAndTell, roomAddress, shareLink } from './share.ts'
import { TaskButton } from './TaskButton.tsx'

interface Props {
  room: Room
  isHidden: boolean
  act: (id: ShortcutId) => void
  open: (overlay: Overlay) => void
  isHosting: boolean
  setHosting: (isHosting: boolean) => void
  openFile: () => void
  isTaskShown: boolean
  showTask: (isShown: boolean) => void
}

export function Bar({
  room,
  isHidden,
  act,
  open,
  isHosting,
  setHosting,
  openFile,
  isTaskShown,
  showTask,
}: Props) {
  return (
    <header className={css.bar} hidden={isHidden}>
      <a className={css.mark} href="/" aria-label="Algoroom, front page">
        algoroom
      </a>
      <Title room={room} />
      <LanguageChoice room={room} />
      <RunButton room={room} act={act} />
      <div className={css.rest}>
        <Standing room={room} />
        <People room={room} rename={() => open('name')} />
        <HostButton room={room} isHosting={isHosting} setHosting={setHosting} />
        <TaskButton room={room} isShown={isTaskShown} show={showTask} />
        <ShareButton room={room} />
        <MoreMenu room={room} act={act} open={open} openFile={openFile} />
      </div>
    </header>
  )
}

function Title({ room }: { room: Room }) {
  const { title } = useStore(room.record)
  const isReadOnly = useStore(room.isReadOnly)
  const { state } = useStore(room.link)
  const mayNotSet = isReadOnly || state.kind === 'connecting'
  const [draft, setDraft] = useState<string | null>(null)
  const field = useRef<HTMLInputElement>(null)
  const commit = () => {
    if (!mayNotSet && draft !== null && draft.trim() !== title) room.setTitle(draft.trim())
    setDraft(null)
  }
  return (
    <input
      ref={field}
      className={css.title}
      aria-label="Title of the room"
      placeholder="Untitled"
      maxLength={200}
      readOnly={mayNotSet}
      value={draft ?? title}
      onChange={(event) => setDraft(event.target.value)}
      onBlur={commit}
      onKeyDown={(event) => {
        // Enter and Escape are also how a composed character is taken or left.
        if (event.nativeEvent.isComposing) return
        if (event.key === 'Enter') field.current?.blur()
        if (event.key === 'Escape') setDraft(null)
      }}
    />
  )
}

function LanguageChoice({ room }: { room: Room }) {
  const { language } = useStore(room.record)
  const isReadOnly = useStore(room.isReadOnly)
  const offered = useStore(languages)
  const isListed = offered.some(({ name }) => name === language)
  return (
    <select
      className={css.language}
      aria-label="Language"
      disabled={isReadOnly || language === ''}
      value={language}
      onChange={(event) => room.setLanguage(event.target.value)}
    >
      {!isListed && <option value={language}>{displayName(language, offered)}</option>}
      {offered.map(({ name, displayName, version }) => (
        <option key={name} value={name} title={version}>
          {displayName}
        </option>
      ))}
    </select>
  )
}

function HostButton({
  room,
  isHosting,
  setHosting,
}: Pick<Props, 'room' | 'isHosting' | 'setHosting'>) {
  const isHost = useStore(room.hosting.isHost)
  const people = useStore(room.hosting.people)
  if (!isHost) return null
  const waiting = people.filter(({ outside }) => outside === 'waiting').length
  return (
    <Button
      look="quiet"
      className={css.host}
      aria-expanded={isHosting}
      aria-label={waiting === 0 ? 'Host' : `Host: ${waiting} waiting to be let in`}
      onClick={() => setHosting(!isHosting)}
    >
      Host{waiting > 0 && <span className={css.waiting} data-shown={waiting} />}
    </Button>
  )
}

function ShareButton({ room }: { room: Room }) {
  const [isCopied, setCopied] = useState(false)
  useEffect(() => {
    if (!isCopied) return
    const timer = setTimeout(() => setCopied(false), 2_000)
    return () => clearTimeout(timer)
  }, [isCopied])
  return (
    <Button
      className={css.share}
      onClick={() => void copyAndTell(room, 'Link', shareLink(room)).then(setCopied)}
    >
      <LinkIcon />
      {isCopied ? 'Copied!' : 'Share'}
    </Button>
  )
}

function MoreMenu({
  room,
  act,
  open,
  openFile,
}: Pick<Props, 'room' | 'act' | 'open' | 'openFile'>) {
  const isReadOnly = useStore(room.isReadOnly)
  return (
    <Menu
      opener={
        <Button look="quiet" isIcon aria-label="More">
          <More />
        </Button>
      }
    >
      <MenuItem onSelect={() => act('playback')}>Play back</MenuItem>
      <MenuItem onSelect={() => open('versions')}>Versions</MenuItem>
      <MenuLine />
      <MenuItem
        onSelect={() => {
          const caveat = readOnlyCaveat(room.access.get())
          void copyAndTell(room, 'Link', readOnlyLink(roomAddress()), caveat)
        }}
      >
        Copy a read-only link
      </MenuItem>
      <MenuLine />
      <MenuItem onSelect={() => void copyAndTell(room, 'Code', room.text.toString())}>
        Copy the code
      </MenuItem>
      <MenuItem onSelect={() => download(room)}>Download the file</MenuItem>
      <MenuItem onSelect={() => downloadSession(room)}>Download the session</MenuItem>
      {!isReadOnly && <MenuItem onSelect={openFile}>Open a file</MenuItem>}
      <MenuLine />
      <MenuItem onSelect={() => open('settings')}>Settings</MenuItem>
      <MenuItem onSelect={() => act('help')} aside="?">
        Shortcuts
      </MenuItem>
      <MenuItem onSelect={() => location.assign('/')}>New room</MenuItem>
    </Menu>
  )
}

function download(room: Room): void {
  const { language, title } = room.record.get()
  const name = title.replaceAll(/[^\p{L}\p{N}]+/gu, '-').replaceAll(/^-|-$/g, '') || 'main'
  const address = URL.createObjectURL(new Blob([room.text.toString()], { type: 'text/plain' }))
  save(address, `${name}.${fileEnding(language, languages.get())}`)
  URL.revokeObjectURL(address)
}

/** The server says what the file is called. */
function downloadSession(room: Room): void {
  save(room.entrance.server.exportAddress(room.sessionId), '')
}

function save(address: string, name: string): void {
  const link = document.createElement('a')
  link.href = address
  link.download = name
  link.click()
}
