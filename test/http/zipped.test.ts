import { gzipSync } from 'node:zlib'
import { expect, test } from 'vitest'
import { zippedOf } from '../../collector/http/zipped.ts'

test('what it is of is unpacked once, however many ask for it', () => {
  const { plain, bytes } = zippedOf('text/plain', gzipSync('hello'))
  const first = plain()
  expect(first.toString()).toBe('hello')
  expect(plain()).toBe(first)
  expect(bytes.equals(first)).toBe(false)
})
