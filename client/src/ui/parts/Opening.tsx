import css from './parts.module.css'

/** What a room's page shows while its parts are on their way. */
export function Opening() {
  return (
    <main className={css.opening}>
      <p role="status">Opening the room…</p>
    </main>
  )
}
