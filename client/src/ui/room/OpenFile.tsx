import { useCallback, useEffect, useRef, useState } from 'react'
import { languages, seekLanguages } from '../../room/languages.ts'
import { openFile } from '../../room/local-file.ts'
import type { Room } from '../../room/room.ts'
import { later } from '../parts/later.tsx'
import css from './dialogs.module.css'

const Confirm = later(() => import('../parts/Confirm.tsx'))

interface Found {
  name: string
  text: string
  language: string | null
}

interface Props {
  room: Room
  /** Whether somebody asked for it by the menu. */
  isAsked: boolean
  done: () => void
}

/**
 * Opens a file of this machine in the room: one that is dropped anywhere on the page, or chosen.
 * The page stays, whatever is dropped.
 */
export function OpenFile({ room, isAsked, done }: Props) {
  const [found, setFound] = useState<Found | null>(null)
  const [isOver, setOver] = useState(false)
  const field = useRef<HTMLInputElement>(null)

  const take = useCallback(
    async (files: FileList | null) => {
      const [file, ...more] = files ?? []
      if (file === undefined) return
      if (room.isReadOnly.get()) return room.tell('You may look on here, not edit', true)
      if (more.length > 0) return room.tell('One file at a time, please', true)
      // Its language is found out by them; without them it stays as it is.
      await seekLanguages(room.entrance.server)
      const opened = await openFile(file, languages.get(), room.entrance.mostUnits)
      if ('problem' in opened) return room.tell(opened.problem, true)
      if (room.isUntouched) put(room, { name: file.name, ...opened })
      else setFound({ name: file.name, ...opened })
    },
    [room],
  )

  useEffect(() => {
    if (isAsked) {
      field.current?.click()
      done()
    }
  }, [isAsked, done])

  useEffect(() => {
    const hasFiles = (event: DragEvent) => event.dataTransfer?.types.includes('Files') ?? false
    const over = (event: DragEvent) => {
      if (!hasFiles(event)) return
      event.preventDefault()
      setOver(true)
    }
    const leave = (event: DragEvent) => {
      if (event.relatedTarget === null) setOver(false)
    }
    const drop = (event: DragEvent) => {
      setOver(false)
      if (!hasFiles(event)) return
      event.preventDefault()
      // The editor would put the text where it was dropped.
      event.stopPropagation()
      void take(event.dataTransfer?.files ?? null)
    }
    window.addEventListener('dragover', over, true)
    window.addEventListener('dragleave', leave, true)
    window.addEventListener('drop', drop, true)
    return () => {
      window.removeEventListener('dragover', over, true)
      window.removeEventListener('dragleave', leave, true)
      window.removeEventListener('drop', drop, true)
    }
  }, [take])

  return (
    <>
      <input
        ref={field}
        type="file"
        hidden
        aria-label="File to open"
        onChange={(event) => {
          void take(event.currentTarget.files)
          event.currentTarget.value = ''
        }}
      />
      {isOver && <div className={css.drop}>Drop the file to open it here</div>}
      {found !== null && (
        <Confirm
          title="Open a file"
          action="Open the file"
          isOpen
          close={() => setFound(null)}
          confirm={() => put(room, found)}
        >
          “{found.name}” takes the place of the code in this room, for everybody. Undo brings the
          code back.
        </Confirm>
      )}
    </>
  )
}

function put(room: Room, { name, text, language }: Found): void {
  room.rewrite(text, language)
  room.tell(`Opened “${name}”`)
}
