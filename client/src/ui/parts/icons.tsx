/** Sixteen by sixteen, drawn with the colour of the text beside them. */

import type { ReactNode } from 'react'

function Icon({ children }: { children: ReactNode }) {
  return (
    <svg
      width="16"
      height="16"
      viewBox="0 0 16 16"
      fill="none"
      stroke="currentColor"
      strokeWidth="1.5"
      strokeLinecap="round"
      strokeLinejoin="round"
      aria-hidden="true"
    >
      {children}
    </svg>
  )
}

export const Play = () => (
  <Icon>
    <path d="M4.5 3v10l8-5z" fill="currentColor" />
  </Icon>
)

export const Pause = () => (
  <Icon>
    <path d="M5.5 3.5v9M10.5 3.5v9" strokeWidth="2.4" />
  </Icon>
)

export const Stop = () => (
  <Icon>
    <rect x="3.5" y="3.5" width="9" height="9" rx="1" fill="currentColor" />
  </Icon>
)

export const Cross = () => (
  <Icon>
    <path d="M4 4l8 8M12 4l-8 8" />
  </Icon>
)

export const More = () => (
  <Icon>
    <path d="M3 8h.01M8 8h.01M13 8h.01" strokeWidth="2.6" />
  </Icon>
)

export const Chevron = () => (
  <Icon>
    <path d="M4.5 6.5L8 10l3.5-3.5" />
  </Icon>
)

export const LinkIcon = () => (
  <Icon>
    <path d="M6.5 9.5l3-3M7 4.8l1.4-1.4a3 3 0 014.2 4.2L11.2 9M9 11.2l-1.4 1.4a3 3 0 01-4.2-4.2L4.8 7" />
  </Icon>
)

export const Copy = () => (
  <Icon>
    <rect x="5.5" y="5.5" width="8" height="8" rx="1.5" />
    <path d="M3.2 10.5A1 1 0 012.5 9.5v-6a1 1 0 011-1h6a1 1 0 011 .7" />
  </Icon>
)

export const Skip = () => (
  <Icon>
    <path d="M3.5 3.5v9l6.5-4.5zM12.5 3.5v9" />
  </Icon>
)

export const SkipBack = () => (
  <Icon>
    <path d="M12.5 3.5v9L6 8zM3.5 3.5v9" />
  </Icon>
)
