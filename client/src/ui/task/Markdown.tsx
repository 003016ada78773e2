import { createContext, useContext } from 'react'
import Markdown, { type Components } from 'react-markdown'
import gfm from 'remark-gfm'
import css from './task.module.css'

/** Whether what is shown is within a link already. */
const InLink = createContext(false)

const outside = { target: '_blank', rel: 'noopener noreferrer' }

/**
 * HTML in the text is shown as it is written, never as HTML. No picture is loaded: it would tell
 * another place who reads this, and pages here may not; where it is can be followed as a link.
 */
const COMPONENTS: Components = {
  a: ({ href, children }) => (
    <InLink value={true}>
      <a href={href} {...outside}>
        {children}
      </a>
    </InLink>
  ),
  img: ({ src, alt }) => <Picture address={typeof src === 'string' ? src : ''} alt={alt ?? ''} />,
  // The page has headings of its own above these.
  h1: ({ children }) => <h3>{children}</h3>,
  h2: ({ children }) => <h4>{children}</h4>,
  h3: ({ children }) => <h5>{children}</h5>,
  h4: ({ children }) => <h6>{children}</h6>,
  h5: ({ children }) => <h6>{children}</h6>,
  pre: ({ children }) => (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what is wider than the pane is scrolled by keys
    <pre tabIndex={0}>{children}</pre>
  ),
  table: ({ children }) => (
    <div className={css.table}>
      <table>{children}</table>
    </div>
  ),
  input: ({ checked }) => <span>{checked ? '☑ ' : '☐ '}</span>,
}

const PLUGINS = [gfm]

export default function TaskText({ text }: { text: string }) {
  return (
    <div className={css.text}>
      <Markdown remarkPlugins={PLUGINS} components={COMPONENTS}>
        {text}
      </Markdown>
    </div>
  )
}

function Picture({ address, alt }: { address: string; alt: string }) {
  const isInLink = useContext(InLink)
  const words = alt || address
  if (isInLink || address === '') return words
  return (
    <a href={address} {...outside}>
      {words}
    </a>
  )
}
