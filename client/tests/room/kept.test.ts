import { expect, test } from 'vitest'
import { keptStore } from '../../src/room/kept.ts'

/** What the tabs of a browser share. */
class Browser {
  private readonly items = new Map<string, string>()
  private readonly tabs: EventTarget[] = []

  tab() {
    const events = new EventTarget()
    this.tabs.push(events)
    const setItem = (key: string, value: string) => {
      this.items.set(key, value)
      for (const tab of this.tabs) {
        if (tab !== events) tab.dispatchEvent(Object.assign(new Event('storage'), { key }))
      }
    }
    return { events, storage: { getItem: (key: string) => this.items.get(key) ?? null, setItem } }
  }

  /** Takes one out of those that are told. */
  freeze(tab: EventTarget): void {
    this.tabs.splice(this.tabs.indexOf(tab), 1)
  }
}

const words = (found: unknown): readonly string[] => (Array.isArray(found) ? found : [])

test('two tabs add to what is kept, and lose nothing of it', () => {
  const browser = new Browser()
  const one = keptStore('words', words, browser.tab())
  const other = keptStore('words', words, browser.tab())
  one.update((before) => [...before, 'one'])
  other.update((before) => [...before, 'two'])
  one.update((before) => [...before, 'three'])
  expect(one.get()).toEqual(['one', 'two', 'three'])
  expect(other.get()).toEqual(one.get())
  expect(keptStore('words', words, browser.tab()).get()).toEqual(one.get())
})

test('another key of the same browser changes nothing', () => {
  const browser = new Browser()
  const one = keptStore('words', words, browser.tab())
  const before = one.get()
  keptStore('others', words, browser.tab()).set(['x'])
  expect(one.get()).toBe(before)
})

test('a page that is shown again has what was kept meanwhile', () => {
  const browser = new Browser()
  const asleep = browser.tab()
  const one = keptStore('words', words, asleep)
  browser.freeze(asleep.events)
  keptStore('words', words, browser.tab()).set(['meanwhile'])
  expect(one.get()).toEqual([])
  asleep.events.dispatchEvent(Object.assign(new Event('pageshow'), { persisted: true }))
  expect(one.get()).toEqual(['meanwhile'])
})

test('what cannot be kept holds as long as the page', () => {
  const full = () => {
    throw new Error('full')
  }
  const one = keptStore('words', words, {
    events: null,
    storage: { getItem: () => null, setItem: full },
  })
  one.set(['here'])
  expect(one.get()).toEqual(['here'])
})
