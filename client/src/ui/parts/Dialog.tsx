import { Dialog as Radix } from 'radix-ui'
import type { ReactNode } from 'react'
import { useFocusBack } from '../use-focus-back.ts'
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
  const focusBack = useFocusBack()
  return (
    <Radix.Root open={isOpen} onOpenChange={(open) => !open && close()}>
      <Radix.Portal>
        <Radix.Overlay className={css.veil} />
        <Radix.Content
          className={isWide ? `${css.dialog} ${css.wide}` : css.dialog}
          aria-describedby={undefined}
          {...focusBack}
        >
          <div className={css.head}>
            <Radix.Title asChild>
              <h2>{title}</h2>
            </Radix.Title>
          </div>
          {children}
          {/* Behind the fields, of which the first has the keyboard. */}
          <Radix.Close asChild>
            <Button look="quiet" isIcon className={css.cross} aria-label="Close">
              <Cross />
            </Button>
          </Radix.Close>
        </Radix.Content>
      </Radix.Portal>
    </Radix.Root>
  )
}
