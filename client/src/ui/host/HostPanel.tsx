import { Tabs } from 'radix-ui'
import { useCallback, useEffect, useRef, useState } from 'react'
import { HostNotes } from '../../room/notes.ts'
import type { Room } from '../../room/room.ts'
import { Button } from '../parts/Button.tsx'
import { Cross } from '../parts/icons.tsx'
import { useAskBeforeLeaving } from '../use-ask-before-leaving.ts'
import css from './host.module.css'
import { LinksTab } from './LinksTab.tsx'
import { NotesTab } from './NotesTab.tsx'
import { PeopleTab } from './PeopleTab.tsx'
import { RulesTab } from './RulesTab.tsx'

interface Props {
  room: Room
  close: () => void
}

/** What hosts decide, beside the work: they go on reading while they decide. */
export default function HostPanel({ room, close }: Props) {
  const panel = useRef<HTMLElement>(null)
  const [notes] = useState(() => new HostNotes(room.entrance.server, room.sessionId))

  useEffect(() => {
    const before = document.activeElement
    panel.current?.querySelector<HTMLElement>('[role=tab][data-state=active]')?.focus()
    return () => {
      if (before instanceof HTMLElement) before.focus()
    }
  }, [])

  useAskBeforeLeaving(
    useCallback(() => ['saving', 'unsaved', 'changed'].includes(notes.view.get().state), [notes]),
  )

  useEffect(() => () => void notes.save(), [notes])

  return (
    <aside
      ref={panel}
      className={css.panel}
      aria-label="Host"
      onKeyDown={(event) => {
        // What is open above the panel has the key first.
        if (event.key === 'Escape' && panel.current?.contains(event.target as Node)) close()
      }}
    >
      <Tabs.Root className={css.tabs} defaultValue="people">
        <div className={css.head}>
          <Tabs.List className={css.list} aria-label="What hosts decide">
            <Tab value="people" words="People" />
            <Tab value="links" words="Links" />
            <Tab value="rules" words="Room" />
            <Tab value="notes" words="Notes" />
          </Tabs.List>
          <Button look="quiet" isIcon aria-label="Close the host panel" onClick={close}>
            <Cross />
          </Button>
        </div>
        <Tabs.Content className={css.content} value="people">
          <PeopleTab room={room} />
        </Tabs.Content>
        <Tabs.Content className={css.content} value="links">
          <LinksTab room={room} />
        </Tabs.Content>
        <Tabs.Content className={css.content} value="rules">
          <RulesTab room={room} />
        </Tabs.Content>
        <Tabs.Content className={css.content} value="notes">
          <NotesTab notes={notes} />
        </Tabs.Content>
      </Tabs.Root>
    </aside>
  )
}

function Tab({ value, words }: { value: string; words: string }) {
  return (
    <Tabs.Trigger className={css.tab} value={value}>
      {words}
    </Tabs.Trigger>
  )
}
