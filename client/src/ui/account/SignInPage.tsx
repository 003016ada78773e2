import prompt from '../room/prompt.module.css'
import { SignInWays } from './SignInWays.tsx'

/** Before whatever is not for guests. */
export function SignInPage() {
  return (
    <main className={prompt.page}>
      <div className={prompt.form}>
        <h1>Sign in to come in</h1>
        <p>This server takes no guests. Afterwards you are back here.</p>
        <div className={prompt.ways}>
          <SignInWays />
        </div>
      </div>
    </main>
  )
}
