import { Button } from '../parts/Button.tsx'
import css from './prompt.module.css'

interface Props {
  problem: string
  again: () => void
  without: () => void
}

/** The server could not be asked for what an invite gives. */
export function InviteProblem({ problem, again, without }: Props) {
  return (
    <main className={css.page}>
      <div className={css.form} role="alert">
        <h1>Your invite could not be used yet</h1>
        <p>{problem}</p>
        <div className={css.ways}>
          <Button look="primary" onClick={again}>
            Try again
          </Button>
          <Button onClick={without}>Come in without it</Button>
        </div>
      </div>
    </main>
  )
}
