/** The lines of an answer, as they come. */
export async function* lines(answer: Response): AsyncGenerator<string> {
  if (answer.body === null) return
  let rest = ''
  const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader()
  try {
    for (;;) {
      const { value, done } = await reader.read()
      if (done) break
      const parts = (rest + value).split('\n')
      rest = parts.pop() ?? ''
      yield* parts
    }
  } finally {
    await reader.cancel()
  }
  if (rest !== '') yield rest
}
