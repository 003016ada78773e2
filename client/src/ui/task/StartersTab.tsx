import { useState } from 'react'
import { displayName, languages } from '../../room/languages.ts'
import type { Room } from '../../room/room.ts'
import { Button } from '../parts/Button.tsx'
import { useStore } from '../use-store.ts'
import css from './task.module.css'

interface Props {
  room: Room
  starters: Readonly<Record<string, string>>
  set: (starters: Readonly<Record<string, string>>) => void
}

export function StartersTab({ room, starters, set }: Props) {
  const known = useStore(languages)
  const { language: present } = useStore(room.record)
  const [language, setLanguage] = useState(present)
  const code = starters[language] ?? ''
  const change = (now: string) => {
    const { [language]: _, ...others } = starters
    set(now === '' ? others : { ...others, [language]: now })
  }
  const template = known.find(({ name }) => name === language)?.template ?? ''
  return (
    <>
      <div className={css.row}>
        <label className={css.audience}>
          Language
          <select value={language} onChange={(event) => setLanguage(event.target.value)}>
            {known.map(({ name, displayName: words }) => (
              <option key={name} value={name}>
                {starters[name] === undefined ? words : `${words} ✓`}
              </option>
            ))}
          </select>
        </label>
        {language === present && (
          <Button onClick={() => change(room.text.toString())}>Take what is in the room</Button>
        )}
        {code === '' && template !== '' && (
          <Button onClick={() => change(template)}>Take the template</Button>
        )}
      </div>
      <label className={css.field}>
        <span>Code to begin with in {displayName(language, known)}</span>
        <textarea
          className={css.long}
          spellCheck={false}
          value={code}
          onChange={(event) => change(event.target.value)}
        />
      </label>
      <p className={css.hint}>
        It goes into the room as long as nobody has written anything there, and when the language of
        such a room changes. Everybody may see it.
      </p>
    </>
  )
}
