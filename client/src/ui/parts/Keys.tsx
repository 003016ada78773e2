import parts from './parts.module.css'

/** Keys that are pressed together, as they are named on this machine. */
export function Keys({ keys }: { keys: readonly string[] }) {
  return keys.map((key) => (
    <kbd key={key} className={parts.key}>
      {key}
    </kbd>
  ))
}
