import { DropdownMenu } from 'radix-ui'
import type { ComponentProps, ReactElement, ReactNode } from 'react'
import { focused } from '../focused.ts'
import css from './parts.module.css'

interface Props {
  /** The button that opens it. */
  opener: ReactElement
  align?: 'start' | 'end'
  children: ReactNode
}

export function Menu({ opener, align = 'end', children }: Props) {
  return (
    <DropdownMenu.Root modal={false}>
      <DropdownMenu.Trigger asChild>{opener}</DropdownMenu.Trigger>
      <DropdownMenu.Content
        className={css.menu}
        align={align}
        sideOffset={4}
        onCloseAutoFocus={giveBack}
      >
        {children}
      </DropdownMenu.Content>
    </DropdownMenu.Root>
  )
}

/** The keyboard goes back to the opener a moment after the menu is gone; or is elsewhere by then. */
function giveBack(event: Event): void {
  event.preventDefault()
  if (focused() !== null || !(event.target instanceof Element)) return
  const opener = event.target.getAttribute('aria-labelledby')
  if (opener !== null) document.getElementById(opener)?.focus()
}

interface ItemProps extends ComponentProps<typeof DropdownMenu.Item> {
  aside?: string
}

export function MenuItem({ aside = '', children, ...item }: ItemProps) {
  return (
    <DropdownMenu.Item className={css.item} {...item}>
      {children}
      {aside !== '' && <span className={css.aside}>{aside}</span>}
    </DropdownMenu.Item>
  )
}

export function MenuLine() {
  return <DropdownMenu.Separator className={css.line} />
}
