/** How long something is, as `1:02:03` or `2:03`. */
export function clock(milliseconds: number): string {
  const total = Math.round(milliseconds / 1_000)
  const [hours, minutes, rest] = [
    Math.floor(total / 3_600),
    Math.floor(total / 60) % 60,
    total % 60,
  ]
  const two = (value: number) => String(value).padStart(2, '0')
  return hours > 0 ? `${hours}:${two(minutes)}:${two(rest)}` : `${minutes}:${two(rest)}`
}
