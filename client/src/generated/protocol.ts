// Written by `make documents` from the server's own definitions.

export const SUBPROTOCOL = "algoroom.sync.v1"

export const Kind = {
  SYNC: 0,
  AWARENESS: 1,
  AUTH: 2,
  QUERY_AWARENESS: 3,
  SAVED: 100,
  EVENT: 101,
  OUTPUT: 102,
  STDIN: 103,
} as const

export const Step = {
  ASK: 0,
  ANSWER: 1,
  UPDATE: 2,
} as const

export const Stream = {
  STDOUT: 1,
  STDERR: 2,
} as const

export const CloseCode = {
  GOING_AWAY: 1001,
  INVALID_UTF8: 1007,
  SESSION_GONE: 1008,
  FRAME_TOO_LARGE: 1009,
  INTERNAL_ERROR: 1011,
  TOO_SLOW: 1013,
  BAD_MESSAGE: 4400,
  NOT_SIGNED_IN: 4401,
  READ_ONLY: 4403,
  NO_SESSION: 4404,
  NOT_ADMITTED: 4407,
  REMOVED: 4410,
  TOO_LARGE: 4413,
  DAMAGED: 4422,
  OUT_OF_STEP: 4500,
  NOT_SAVED: 4503,
  ROOM_FULL: 4504,
  IDLE: 4508,
  TOO_MANY: 4529,
} as const

export const CLOSE_MEANINGS: Readonly<Record<number, string>> = {
  1001: "The server is shutting down; come back in a moment.",
  1007: "A text frame was not valid UTF-8.",
  1008: "The session was deleted or has expired.",
  1009: "A frame was larger than the server accepts.",
  1011: "The server failed; the session is kept.",
  1013: "The client did not read what it was sent; coming back may work.",
  4400: "A message was not of the protocol, or no edit of this document.",
  4401: "A credential is needed that holds and is for this; sign in again.",
  4403: "The connection may only read, and tried to write.",
  4404: "There is no such session, or it was deleted or has expired.",
  4407: "A host has to let the client into this session first.",
  4410: "A host sent the client away, or nobody is let in unasked any more.",
  4413: "An update, or the text with it, would be too large.",
  4422: "What is stored of the session is damaged; its operator has to mend it.",
  4500: "What came builds on changes that the server lacks; sync again.",
  4503: "The database fails or is far behind; nothing is read or taken for now.",
  4504: "The room has as many connections as it may have.",
  4508: "Nothing came from the client, no answer to a ping either.",
  4529: "The client has as many sockets as it may have.",
}

/** Someone who was not present came; so many people are present now. */
export interface JoinedEvent {
  type: "joined"
  timestamp: string
  userId: string
  name: string
  participants: number
}

/** Someone's last connection is gone; so many people are present now. */
export interface LeftEvent {
  type: "left"
  timestamp: string
  userId: string
  participants: number
}

/** A program has begun, over so many test cases. */
export interface RunStartedEvent {
  type: "run-started"
  timestamp: string
  userId: string
  runId: string
  language: string
  cases: number
}

/** A program is through with a test case, numbered from 1. Of a hidden one there is no output; `cut` tells that some of it is missing. */
export interface RunCaseEvent {
  type: "run-case"
  timestamp: string
  userId: string
  runId: string
  number: number
  name: string
  hidden: boolean
  passed: boolean
  verdict: "ok" | "failed" | "signalled" | "time_limit" | "wall_limit" | "memory_limit" | "output_limit" | "compile_error" | "cancelled" | "internal_error"
  exitCode: number | null
  signal: number | null
  wallMs: number
  cpuMs: number
  peakMemoryBytes: number
  stdout: string | null
  stderr: string | null
  cut: boolean
  detail: string | null
}

/** A program has ended. */
export interface RunFinishedEvent {
  type: "run-finished"
  timestamp: string
  userId: string
  runId: string
  verdict: "ok" | "failed" | "signalled" | "time_limit" | "wall_limit" | "memory_limit" | "output_limit" | "compile_error" | "cancelled" | "internal_error"
  exitCode: number | null
  signal: number | null
  wallMs: number
  cpuMs: number
  peakMemoryBytes: number
  compilerOutput: string
  detail: string | null
}

/** A program has ended that somebody ran on a machine of their own. */
export interface RunReportedEvent {
  type: "run-reported"
  timestamp: string
  userId: string
  runId: string
  success: boolean
  output: string
  error: string | null
  wallMs: number
}

/** What this connection typed did not reach the program. */
export interface StdinRefusedEvent {
  type: "stdin-refused"
  runId: string
  message: string
}

/** The task is another; `GET /api/sessions/{id}/task` has it, for each what they may see. */
export interface TaskChangedEvent {
  type: "task-changed"
  timestamp: string
  userId: string
  revision: number
}

/** What is written cannot be stored for now; it is kept in memory. */
export interface NotSavedEvent {
  type: "not-saved"
  timestamp: string
}

/** All that could not be stored is stored. */
export interface SavedAgainEvent {
  type: "saved-again"
  timestamp: string
}

/** Somebody has another role. Hosts are told. */
export interface SeatedEvent {
  type: "seated"
  timestamp: string
  userId: string
  id: string
  name: string
  role: "host" | "editor" | "viewer" | null
}

/** Somebody was sent away. Hosts are told. */
export interface RemovedEvent {
  type: "removed"
  timestamp: string
  userId: string
  id: string
  name: string
  banned: boolean
}

/** Somebody asks to be let in. Hosts are told. */
export interface KnockedEvent {
  type: "knocked"
  timestamp: string
  id: string
  name: string
}

/** What this connection's person is and may do, whenever that changes; as `GET /api/sessions/{id}/access` has it. */
export interface AccessEvent {
  type: "access"
  timestamp: string
  sessionId: string
  role: "host" | "editor" | "viewer" | null
  outside: "stranger" | "waiting" | "banned" | null
  deeds: readonly ("knock" | "read" | "appear" | "fork" | "edit" | "describe" | "save" | "restore" | "name" | "run" | "type" | "cancel" | "delete" | "invite" | "seat" | "remove" | "rule" | "notes" | "task")[]
  strangers: "editor" | "viewer" | "ask"
  editingLocked: boolean
  runningLocked: boolean
  endedAt: string | null
  deletionTakesHost: boolean
}

export type RoomEvent = JoinedEvent | LeftEvent | RunStartedEvent | RunCaseEvent | RunFinishedEvent | RunReportedEvent | StdinRefusedEvent | TaskChangedEvent | NotSavedEvent | SavedAgainEvent | SeatedEvent | RemovedEvent | KnockedEvent | AccessEvent

/** The document changed; `update` is a Yjs update in base64. */
export interface UpdateLine {
  type: "update"
  seq: number
  at: string
  userId: string
  pasted: number
  update: string
}

/** Somebody came. */
export interface CameLine {
  type: "joined"
  seq: number
  at: string
  userId: string
  name: string
}

/** Somebody's last connection is gone. */
export interface WentLine {
  type: "left"
  seq: number
  at: string
  userId: string
}

/** The language is another. */
export interface LanguageSetLine {
  type: "language"
  seq: number
  at: string
  userId: string
  language: string
  before: string
}

/** The title is another; an empty one is none. */
export interface TitleSetLine {
  type: "title"
  seq: number
  at: string
  userId: string
  title: string
  before: string
}

/** A run has begun. */
export interface RunBeganLine {
  type: "run-started"
  seq: number
  at: string
  userId: string
  runId: string
  language: string
}

/** A run is over; `run` is where its output is, and of one that is stored there is more. */
export interface RunEndedLine {
  type: "run-finished"
  seq: number
  at: string
  userId: string
  runId: string
  verdict: string
  run: string
  language?: string
  exitCode?: number | null
  stdoutBytes?: number
  stderrBytes?: number
  startedAt?: string
}

/** The text was saved. */
export interface SnapshotKeptLine {
  type: "snapshot"
  seq: number
  at: string
  userId: string
  snapshotId: string
}

/** The text was given a name. */
export interface VersionNamedLine {
  type: "version"
  seq: number
  at: string
  userId: string
  versionId: string
  name: string
}

export interface TextRestoredLine {
  type: "restored"
  seq: number
  at: string
  userId: string
  from: number
}

/** The last line: how to go on. */
export interface NextLine {
  type: "next"
  cursor: string
  more: boolean
}

/** The last line where the journal cannot be read any further. */
export interface BrokenLine {
  type: "error"
  error: string
  message: string
}

export type PlaybackLine = UpdateLine | CameLine | WentLine | LanguageSetLine | TitleSetLine | RunBeganLine | RunEndedLine | SnapshotKeptLine | VersionNamedLine | TextRestoredLine | NextLine | BrokenLine
