/** What is shown while a room is on its way, as room.html does before anything is loaded. */
export function Opening() {
  return (
    <main className="opening">
      <p role="status">Opening the room…</p>
    </main>
  )
}
