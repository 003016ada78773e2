import { AlertDialog } from 'radix-ui'
import type { ReactNode } from 'react'
import { useFocusBack } from '../use-focus-back.ts'
import { Button } from './Button.tsx'
import css from './parts.module.css'

interface Props {
  title: string
  /** What happens then. */
  children: ReactNode
  /** The word for doing it. */
  action: string
  isOpen: boolean
  close: () => void
  confirm: () => void
}

/** Asks before something that is not taken back by the next click. */
export default function Confirm({ title, children, action, isOpen, close, confirm }: Props) {
  const focusBack = useFocusBack()
  return (
    <AlertDialog.Root open={isOpen} onOpenChange={(open) => !open && close()}>
      <AlertDialog.Portal>
        <AlertDialog.Overlay className={css.veil} />
        <AlertDialog.Content className={css.dialog} {...focusBack}>
          <div className={css.head}>
            <AlertDialog.Title asChild>
              <h2>{title}</h2>
            </AlertDialog.Title>
          </div>
          <AlertDialog.Description>{children}</AlertDialog.Description>
          <div className={css.answers}>
            <AlertDialog.Cancel asChild>
              <Button>Cancel</Button>
            </AlertDialog.Cancel>
            <AlertDialog.Action asChild>
              <Button look="danger" onClick={confirm}>
                {action}
              </Button>
            </AlertDialog.Action>
          </div>
        </AlertDialog.Content>
      </AlertDialog.Portal>
    </AlertDialog.Root>
  )
}
