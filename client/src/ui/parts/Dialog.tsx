import { Dialog as Radix } from 'radix-ui'
import type { ReactNode } from 'react'
import { Button } from './Button.tsx'
import { Cross } from './icons.tsx'
import css from './parts.module.css'

interface Props {
  title: string
  isOpen: boolean
  close: () => void
  /** For what needs more room than a few fields. */
  isWide?: boolean
  children: ReactNode
}

export function Dialog({ title, isOpen, close, isWide = false, children }: Props) {
  return (
    <Radix.Root open={isOpen} onOpenChange={(open) => !open && close()}>
      <Radix.Portal>
        <Radix.Overlay className={css.veil} />
        <Radix.Content
          className={isWide ? `${css.dialog} ${css.wide}` : css.dialog}
          aria-describedby={undefined}
        >
          <div className={css.head}>
            <Radix.Title asChild>
              <h2>{title}</h2>
            </Radix.Title>
            <Radix.Close asChild>
              <Button look="quiet" isIcon aria-label="Close">
                <Cross />
              </Button>
            </Radix.Close>
          </div>
          {children}
        </Radix.Content>
      </Radix.Portal>
    </Radix.Root>
  )
}
