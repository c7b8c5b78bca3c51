import { z } from 'zod'
import type { Api } from '../../../reference/operation.ts'

/** Refgrow's two APIs as the reference tells of them. */
export const refgrowApi: Api = {
  name: 'refgrow',
  title: 'Refgrow API on Refledger',
  description: 'What clients of Refgrow call: its documented API under `/v1`, and the one that its own client calls, under `/api/v1`.',
  tags: {},
  keys: { apiKey: { type: 'http', scheme: 'bearer', description: 'A key of the dialect `refgrow`, which starts `rgk_`.' } },
  refusal: z.looseObject({}),
  operations: [],
  sent: {},
  answered: {},
}
