import { z } from 'zod'
import type { Api } from '../../../reference/operation.ts'

/** Refersion's API as the reference tells of it. */
export const refersionApi: Api = {
  name: 'refersion',
  title: 'Refersion API on Refledger',
  description: 'What clients of Refersion call: its API, its intake of orders, its script\'s calls, and what came before.',
  tags: {},
  keys: {
    publicKey: { type: 'apiKey', in: 'header', name: 'Refersion-Public-Key', description: 'The public half of a key pair of the dialect `refersion`.' },
    secretKey: { type: 'apiKey', in: 'header', name: 'Refersion-Secret-Key', description: 'Its secret half.' },
  },
  refusal: z.looseObject({}),
  operations: [],
  sent: {},
  answered: {},
}
