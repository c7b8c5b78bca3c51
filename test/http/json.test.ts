import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { JsonNumber, memberText, parseExact, parsePlain } from '../../collector/http/json.ts'

const blank = fc.constantFrom('', ' ', '\n', '\t\r\n ')
const namedMember = fc.record({ name: fc.constantFrom('a', 'metadata', 'Metadata', '"', '\\', ':', '}', 'ключ'), text: fc.tuple(fc.jsonValue(), fc.constantFrom(0, 2)).map(([value, spaces]) => JSON.stringify(value, null, spaces)) })
/** Members as they are written, names repeated and in any order, with blanks wherever JSON may have them. */
const written = fc.tuple(fc.array(namedMember), blank).map(([members, gap]) => ({ members, text: `${gap}{${members.map(({ name, text }) => `${gap}${JSON.stringify(name)}${gap}:${gap}${text}${gap}`).join(',')}}${gap}` }))

describe('memberText', () => {
  test('is the text that was written, of any object', () => {
    fc.assert(fc.property(written, fc.constantFrom('metadata', 'a', '"', '}', ':'), ({ members, text }, wanted) => {
      expect(memberText(text, wanted)).toBe(members.findLast(({ name }) => name === wanted)?.text)
    }), { numRuns: 1000 })
  })

  test.each([
    ['{}', undefined], ['{"m":{}}', '{}'], ['{"m":1}', '1'], ['{"m":"m"}', '"m"'], ['{"m":[{"m":2}],"x":3}', '[{"m":2}]'], ['{"x":{"m":1}}', undefined], ['{"x":"\\"m\\":1"}', undefined], ['{"m":1,"m":{"n":2}}', '{"n":2}'],
    [String.raw`{"\u006d":1.50}`, '1.50'], ['{ "m" : { "a" : 1 } , "b":2}', '{ "a" : 1 }'], ['{"m":"}","n":1}', '"}"'], [String.raw`{"m":"\\","n":1}`, String.raw`"\\"`], ['{"m":true}', 'true'], ['{"m":-1.0E+5}', '-1.0E+5'], ['{"n":"m","x":1}', undefined], ['["m",1]', undefined],
  ])('of %s is %s', (text, member) => {
    expect(memberText(text, 'm')).toBe(member)
  })
})

describe('parseExact', () => {
  test.each(['0', '-0', '49.90', '1e3', '1E+3', '90071992547409.91', '12345678901234567890', '1e400', '-1.50e-7'])('keeps %s as it was written', (source) => {
    const parsed = parseExact(`{"a":[{"n": ${source} }]}`) as { a: { n: JsonNumber }[] }
    expect(parsed.a[0]?.n).toBeInstanceOf(JsonNumber)
    expect(parsed.a[0]?.n.source).toBe(source)
  })

  test('takes the last of two members of one name', () => {
    expect(parseExact('{"n":1.10,"n":2.20}')).toEqual({ n: new JsonNumber('2.20') })
  })

  test('leaves everything else as JSON has it', () => {
    fc.assert(fc.property(fc.jsonValue(), (value) => {
      const text = JSON.stringify(value)
      // V8 itself now and then takes one escaped name for another.
      fc.pre(!text.includes('__proto__') && !text.includes('\\'))
      const plain = JSON.stringify(parseExact(text), (_key, member: unknown) => (member instanceof JsonNumber ? Number(member.source) : member))
      expect(plain).toBe(JSON.stringify(JSON.parse(text)))
    }))
  })
})

describe.each([['parseExact', parseExact], ['parsePlain', parsePlain]])('%s', (_name, parse) => {
  test.each(['', ' ', '{', '{"a":}', "{'a':1}", '{"a":01}', '{"a":.5}', '{"a":NaN}', '{"a":+1}', '{"a":1}x', '{a:1}', '{"a":"\n"}', '[1,]', '// x', 'undefined', '\0'])('refuses %j', (text) => {
    expect(() => parse(text)).toThrow(expect.objectContaining({ code: 'UNPARSABLE', message: 'The body is not valid JSON.' }))
  })

  test.each(['{"__proto__":1}', '{"__proto__":null,"a":1}', String.raw`{"\u005f\u005fproto__":{}}`])('refuses %s, and names it', (text) => {
    expect(() => parse(text)).toThrow(expect.objectContaining({ code: 'INVALID', issues: [{ path: ['__proto__'], message: 'is not a field that can be sent' }] }))
  })

  test('takes what only looks like it', () => {
    expect(parse('{"proto":"__proto__","__proto":true,"constructor":null}')).toEqual({ proto: '__proto__', __proto: true, constructor: null })
  })
})
