import { useEffect, useState } from 'react'
import { account, signIn } from '../../room/account.ts'
import { languages, loadLanguages } from '../../room/languages.ts'
import { Refused, Server } from '../../room/server.ts'
import { forgetGone, visited } from '../../room/visited.ts'
import { whyNot } from '../../room/words.ts'
import { AccountLine } from '../account/AccountLine.tsx'
import { SignInWays } from '../account/SignInWays.tsx'
import { Button } from '../parts/Button.tsx'
import { later } from '../parts/later.tsx'
import { useStore } from '../use-store.ts'
import css from './front.module.css'
import { VisitedRooms } from './VisitedRooms.tsx'

const server = new Server()
const USUAL = 'python'

const OwnRooms = later(() => import('./OwnRooms.tsx'))

export function FrontPage() {
  const known = useStore(languages)
  const [wanted, setLanguage] = useState(visited.get()[0]?.language || USUAL)
  const [isOpening, setOpening] = useState(false)
  const [problem, setProblem] = useState('')
  const [own, setOwn] = useState<readonly string[]>([])
  const { kind } = useStore(account)
  const isNobody = kind === 'nobody'
  const isSignedIn = kind === 'signed in'
  const isRequired = useStore(signIn)?.required ?? false

  useEffect(() => {
    if (isNobody) return
    loadLanguages(server).catch((error) => {
      // Whoever has to sign in first is shown where.
      if (!(error instanceof Refused && error.status === 401)) {
        setProblem(whyNot(error))
      }
    })
    void forgetGone(server)
  }, [isNobody])

  useEffect(() => {
    // Who comes back to this page may find it as it was left: opening a room.
    const comeBack = (event: PageTransitionEvent) => {
      if (event.persisted) setOpening(false)
    }
    window.addEventListener('pageshow', comeBack)
    return () => window.removeEventListener('pageshow', comeBack)
  }, [])

  // The language of a room that was may not be offered any more.
  const { name: language } = known.find(({ name }) => name === wanted) ??
    known[0] ?? { name: wanted }

  const open = async () => {
    setOpening(true)
    setProblem('')
    try {
      const { sessionId } = await server.createSession(language)
      location.assign(`/interview/${encodeURIComponent(sessionId)}`)
    } catch (error) {
      setProblem(whyNot(error))
      setOpening(false)
    }
  }

  return (
    <main className={css.page}>
      <h1 className={css.mark}>
        algoroom<span aria-hidden="true">▌</span>
      </h1>
      <p className={css.lead}>Open a room, share the link, write code together, run it for real.</p>
      {isNobody ? (
        <div className={css.start}>
          <SignInWays />
        </div>
      ) : (
        <form
          className={css.start}
          onSubmit={(event) => {
            event.preventDefault()
            void open()
          }}
        >
          <label className={css.language}>
            <span className="unseen">Language</span>
            <select value={language} onChange={(event) => setLanguage(event.target.value)}>
              {known.length === 0 && <option value={language} />}
              {known.map(({ name, displayName }) => (
                <option key={name} value={name}>
                  {displayName}
                </option>
              ))}
            </select>
          </label>
          <Button type="submit" look="primary" className={css.open} disabled={isOpening}>
            New room
          </Button>
        </form>
      )}
      <p className={css.note} role="status">
        {problem !== '' ? problem : promise(isRequired)}
      </p>
      <AccountLine />
      {isSignedIn && <OwnRooms server={server} complain={setProblem} show={setOwn} />}
      <VisitedRooms server={server} complain={setProblem} but={own} />
      <footer className={css.foot}>
        <a href="/docs">API</a>
        <a href="/redoc">Reference</a>
      </footer>
    </main>
  )
}

function promise(isRequired: boolean): string {
  if (isRequired) return 'Whoever has the link and signs in can come in.'
  return 'No account. Whoever has the link can come in.'
}
