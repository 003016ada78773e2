/** What a connection waits for, in milliseconds; tests are in more of a hurry. */
export interface Patience {
  /** From the first try to connect to the server's greeting. */
  greetingMs: number
  /** Silence after which the server is asked whether it is there. */
  silenceMs: number
  /** Until its answer comes, and after a sleep. */
  probeMs: number
  wakeProbeMs: number
  /** How often all that is looked at. */
  lookMs: number
  /** How often one's own presence is told anew: Yjs clients forget who is silent for 30 s. */
  renewMs: number
  firstPauseMs: number
  longestPauseMs: number
  /** How long a connection has to hold before the pauses begin small again. */
  steadyMs: number
}

export const PATIENCE: Patience = {
  greetingMs: 10_000,
  silenceMs: 20_000,
  probeMs: 8_000,
  wakeProbeMs: 2_500,
  lookMs: 2_000,
  renewMs: 15_000,
  firstPauseMs: 400,
  longestPauseMs: 15_000,
  steadyMs: 5_000,
}
