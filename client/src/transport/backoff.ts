/** Pauses between attempts: each up to twice as long as the one before, never the same for all. */
export class Backoff {
  private attempts = 0

  constructor(
    private readonly firstMs: number,
    private readonly longestMs: number,
    private readonly random: () => number = Math.random,
  ) {}

  /** How long to wait before the next attempt: between half of the pause and the whole of it. */
  next(): number {
    const pause = Math.min(this.longestMs, this.firstMs * 2 ** this.attempts)
    this.attempts += 1
    return pause * (0.5 + this.random() / 2)
  }

  reset(): void {
    this.attempts = 0
  }
}
