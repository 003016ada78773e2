import type { ComponentProps } from 'react'
import css from './parts.module.css'

interface Props extends ComponentProps<'button'> {
  look?: 'primary' | 'plain' | 'quiet' | 'danger'
  /** Only an icon: it needs an `aria-label`. */
  isIcon?: boolean
}

export function Button({ look = 'plain', isIcon = false, className = '', ...rest }: Props) {
  const looks = { primary: css.primary, plain: '', quiet: css.quiet, danger: css.danger }
  const classes = [css.button, looks[look], isIcon ? css.icon : '', className]
  return <button type="button" className={classes.filter(Boolean).join(' ')} {...rest} />
}
