import type { z } from 'zod'
import type { Scope } from '../store/keys.ts'

/** One call as the reference tells of it: what is sent, and all that may be answered. */
export interface Operation {
  method: 'GET' | 'POST' | 'PUT' | 'DELETE'
  /** As its router spells it: `/api/v1/payouts/:id`. */
  path: string
  /** Its name in generated clients; no other of its document has it. */
  id: string
  /** The chapter that it stands in. */
  tag: string
  /** A few words without a full stop. */
  summary: string
  /** A sentence or more. */
  description: string
  /** What the caller's key must be allowed. */
  access: Scope | 'any key' | 'public'
  /** It goes without a key, too. */
  isKeyOptional?: true
  /** Its key may stand in the body instead, as the body's schema says. */
  isKeyInBody?: true
  /** What the names in its path stand for; each is text unless it says more. */
  params?: Record<string, z.ZodType>
  /** What its address may carry behind the path: the schema that the route validates with. */
  query?: z.ZodObject
  body?: Body
  /** By status, what it answers when it does what was asked, and refusals of a form of their own. */
  replies: Record<number, Reply>
  /** Statuses of refusals in the API's usual form, beside those that follow from the rest (`refusals.ts`). */
  refuses?: readonly number[]
  /** Statuses that follow from the rest (`refusals.ts`) and are never answered. */
  never?: readonly number[]
  /** How it refuses, where that is not its API's usual form. */
  refusal?: z.ZodType
  /** It honours `Idempotency-Key`. */
  once?: true
  deprecated?: true
}

export interface Body {
  /** The schema that the route validates with. */
  schema: z.ZodType
  /** `application/json` unless it says another. */
  type?: string
  isOptional?: true
  example?: unknown
}

export interface Reply {
  description: string
  /** Without one the reply has no body, or one that only its type describes. */
  schema?: z.ZodType
  /** `application/json` where there is a schema, unless it says another, or several. */
  type?: string | readonly string[]
  example?: unknown
  /** Headers that matter to the caller, with what they say. */
  headers?: Record<string, string>
}

/** An API with a document of its own. */
export interface Api {
  /** What its document's address ends in. */
  name: string
  title: string
  /** Markdown. */
  description: string
  /** Its chapters, in order, with a sentence each. */
  tags: Record<string, string>
  /** OpenAPI's security schemes by name; a call with a key brings all of them. */
  keys: Record<string, object>
  /** How it refuses. */
  refusal: z.ZodType
  operations: Operation[]
  /** Modules whose exported schemas are components by their exported names: what is sent, and what is answered. */
  sent: object
  answered: object
}
