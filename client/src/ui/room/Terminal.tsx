import '@xterm/xterm/css/xterm.css'
import { FitAddon } from '@xterm/addon-fit'
import { type ITheme, Terminal as Xterm } from '@xterm/xterm'
import { useEffect, useLayoutEffect, useRef, useState } from 'react'
import { Stream } from '../../generated/protocol.ts'
import type { Room } from '../../room/room.ts'
import type { Chunk } from '../../room/run-log.ts'
import type { RunView } from '../../room/run-view.ts'
import { settings } from '../../room/settings.ts'
import { shortcutOf } from '../shortcuts.ts'
import { darkness } from '../theme.ts'
import { useStore } from '../use-store.ts'
import { disarm } from './disarm.ts'
import { takeKeyless } from './keyless.ts'
import css from './output.module.css'
import './span-styles.ts'
import { setTerminalSize, TERMINAL_FONT, terminalSize } from './terminal-size.ts'

/** So long a pane has to have its size before a program is told of it. */
const STILL_MS = 150

/** Five thousand long lines on a telephone; they take less than 20 MiB. */
const MOST_ROWS = 20_000

/** What a run prints, and the place to type to it. */
export default function Terminal({ room, run }: { room: Room; run: RunView }) {
  const place = useRef<HTMLDivElement>(null)
  const [terminal, setTerminal] = useState<Xterm | null>(null)
  const measure = useRef(() => {})
  const [isSilent, setSilent] = useState(run.log.chunks.length === 0)
  const { fontSize } = useStore(settings)
  const isDark = useStore(darkness)
  const { id, log, compilerOutput } = run
  const mayType = useStore(room.mayType) && run.ending === null

  // What follows is done before the page is painted: a key pressed at once is typed to the program.
  useLayoutEffect(() => {
    if (place.current === null) return
    const made = new Xterm({
      convertEol: true,
      cursorStyle: 'bar',
      fontFamily: TERMINAL_FONT,
      screenReaderMode: true,
      scrollback: MOST_ROWS,
      linkHandler: { activate: () => {} },
    })
    disarm(made)
    // The page's own keys, the way out, and what copies as everywhere else.
    made.attachCustomKeyEventHandler(
      (event) =>
        event.key !== 'Tab' &&
        shortcutOf(event) === null &&
        !(made.hasSelection() && isCopying(event)),
    )
    const fit = new FitAddon()
    made.loadAddon(fit)
    made.open(place.current)
    // Its usual screen, where it is already: else it has no cursor until it had the keyboard once.
    made.write('\x1b[?47l')
    takeKeyless(made)
    made.textarea?.setAttribute('aria-label', 'Type to the program')
    measure.current = () => {
      if (place.current?.offsetParent === null) return
      fit.fit()
      setTerminalSize(made.rows, made.cols)
    }
    const observer = new ResizeObserver(() => measure.current())
    observer.observe(place.current)
    setTerminal(made)
    return () => {
      observer.disconnect()
      made.dispose()
      setTerminal(null)
    }
  }, [])

  useEffect(() => {
    if (!mayType) return
    let timer: ReturnType<typeof setTimeout> | undefined
    const forget = terminalSize.subscribe(() => {
      clearTimeout(timer)
      timer = setTimeout(() => void room.resizeTerminal(id, terminalSize.get()), STILL_MS)
    })
    return () => {
      clearTimeout(timer)
      forget()
    }
  }, [mayType, room, id])

  useEffect(() => {
    if (terminal === null) return
    const write = ({ stream, data }: Chunk) => {
      setSilent(false)
      if (stream === Stream.STDERR) terminal.write('\x1b[31m')
      terminal.write(data)
      if (stream === Stream.STDERR) terminal.write('\x1b[39m')
    }
    for (const chunk of log.chunks) write(chunk)
    return log.subscribe((news) => {
      if (news === 'anew') {
        terminal.reset()
        setSilent(true)
      } else write(news)
    })
  }, [terminal, log])

  useEffect(() => {
    if (terminal === null || compilerOutput === '') return
    setSilent(false)
    terminal.write(`\x1b[31m${compilerOutput}\x1b[39m\r\n`)
  }, [terminal, compilerOutput])

  useLayoutEffect(() => {
    if (terminal === null) return
    terminal.options.disableStdin = !mayType
    terminal.options.cursorInactiveStyle = mayType ? 'outline' : 'none'
    terminal.write(mayType ? '\x1b[?25h' : '\x1b[?25l')
    if (!mayType) return
    const typing = terminal.onData((data) => room.type(id, data))
    return () => typing.dispose()
  }, [terminal, mayType, room, id])

  useEffect(() => {
    if (terminal === null) return
    terminal.options.fontSize = fontSize - 1
    terminal.options.theme = colours(isDark)
    measure.current()
  }, [terminal, isDark, fontSize])

  return (
    <>
      {/* It measures itself by the size of this. */}
      <div className={css.terminal} ref={place} />
      {isSilent && run.ending !== null && <p className={css.silent}>(no output)</p>}
    </>
  )
}

/** As the terminal itself knows the key, whatever alphabet is typed. */
function isCopying({ ctrlKey, altKey, keyCode }: KeyboardEvent): boolean {
  return ctrlKey && !altKey && keyCode === 67
}

/** The page's own colours, and sixteen more that can be read on them. */
function colours(isDark: boolean): ITheme {
  const style = getComputedStyle(document.documentElement)
  const of = (name: string) => style.getPropertyValue(name).trim()
  const sixteen: ITheme = isDark
    ? {
        black: '#7d8285',
        red: '#f3907f',
        green: '#7ccf8f',
        yellow: '#e6b85c',
        blue: '#8fbdf0',
        magenta: '#e59ac8',
        cyan: '#63c5bb',
        white: '#e7e5df',
        brightBlack: '#a6a8a6',
        brightRed: '#ffab9c',
        brightGreen: '#9be3ab',
        brightYellow: '#f5cf82',
        brightBlue: '#b0d2f7',
        brightMagenta: '#f2b8da',
        brightCyan: '#8ad8d0',
        brightWhite: '#ffffff',
      }
    : {
        black: '#1c1e20',
        red: '#a92c1d',
        green: '#1d6b33',
        yellow: '#7a5200',
        blue: '#1f5c99',
        magenta: '#8a2f6b',
        cyan: '#0d6561',
        white: '#66696c',
        brightBlack: '#55585c',
        brightRed: '#bf2f1e',
        brightGreen: '#1f7638',
        brightYellow: '#855900',
        brightBlue: '#2268ad',
        brightMagenta: '#9c3579',
        brightCyan: '#0f706b',
        brightWhite: '#1c1e20',
      }
  return {
    ...sixteen,
    background: of('--sheet'),
    foreground: of('--ink'),
    cursor: of('--ink'),
    selectionBackground: of('--selection'),
  }
}
