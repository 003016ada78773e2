import { settings } from '../room/settings.ts'
import { Store } from '../room/store.ts'

const system = matchMedia('(prefers-color-scheme: dark)')

/** Whether the page is dark: as was set, or as the system is. */
export const darkness = new Store(wanted())

/** Keeps the page's colours as they are set. */
export function followTheme(): void {
  const apply = () => {
    document.documentElement.dataset.theme = wanted() ? 'dark' : 'light'
    darkness.set(wanted())
  }
  apply()
  settings.subscribe(apply)
  system.addEventListener('change', apply)
}

function wanted(): boolean {
  const { theme } = settings.get()
  return theme === 'system' ? system.matches : theme === 'dark'
}
