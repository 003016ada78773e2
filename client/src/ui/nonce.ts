/**
 * The page's Content-Security-Policy takes style elements that have its nonce, and no others. The
 * editor can be told it. The terminal and the overlays make theirs without one, and ask for it
 * nowhere, so every style element is given it as it is made; this module comes before theirs.
 */
const nonce = document.querySelector<HTMLMetaElement>('meta[property=csp-nonce]')?.nonce ?? ''

const make = document.createElement.bind(document)

document.createElement = ((name: string, options?: ElementCreationOptions) => {
  const element = make(name, options)
  if (nonce !== '' && element instanceof HTMLStyleElement) element.nonce = nonce
  return element
}) as typeof document.createElement

export { nonce }
