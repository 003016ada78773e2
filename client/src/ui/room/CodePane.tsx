import { useEffect, useRef } from 'react'
import type { Room } from '../../room/room.ts'
import { Editor } from '../editor/editor.ts'
import { useStore } from '../use-store.ts'
import css from './room.module.css'

export function CodePane({ room, share }: { room: Room; share: number }) {
  const place = useRef<HTMLDivElement>(null)
  const section = useRef<HTMLElement>(null)
  const following = useStore(room.following)

  useEffect(() => {
    if (place.current === null) return
    const editor = new Editor(place.current, room)
    if (matchMedia('(hover: hover)').matches) editor.view.focus()
    return () => editor.destroy()
  }, [room])

  useEffect(() => {
    section.current?.style.setProperty('flex-grow', String(share / (1 - share)))
  }, [share])

  return (
    <section className={css.code} aria-label="Editor" ref={section}>
      <div className={css.editor} ref={place} />
      {following !== null && (
        <button type="button" className={css.following} onClick={() => room.follow(null)}>
          Following {room.nameOf(following)} · stop
        </button>
      )}
    </section>
  )
}
