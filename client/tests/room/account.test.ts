import { expect, test } from 'vitest'
import { account, loadAccount, signIn, signInAddress } from '../../src/room/account.ts'
import { Server as Routes } from '../../src/room/server.ts'
import { Backoff } from '../../src/transport/backoff.ts'
import { Line } from '../line.ts'
import { Server } from '../server.ts'

test('who has to sign in is nobody until then, and is asked for until the server answers', async () => {
  const server = await Server.started({
    ALGOROOM_AUTH: 'required',
    ALGOROOM_JWT_SECRET: '0123456789abcdef'.repeat(2),
  })
  const line = await Line.to(server.port)
  try {
    line.cut()
    const asked = loadAccount(new Routes(`http://127.0.0.1:${line.port}`), new Backoff(5, 20))
    line.mend()
    await asked
    expect(account.get()).toEqual({ kind: 'nobody' })
    expect(signIn.get()).toEqual({ required: true, providers: [] })
  } finally {
    line.close()
    await server.close()
  }
})

test('the way to sign in leads back to the page', () => {
  const provider = { url: '/auth/login' }
  expect(signInAddress(provider, '/interview/1?readonly=1')).toBe(
    '/auth/login?next=%2Finterview%2F1%3Freadonly%3D1',
  )
})
