import type { Route } from '../route.ts'
import * as stacks from '../schemas/stacks.ts'
import { plain } from './shared.ts'

/** Stacks: what was made from templates. */
export const STACKS_ROUTES = {
  listStacks: {
    method: 'GET',
    path: '/v1/stacks',
    operationId: 'listStacks',
    tag: 'Stacks',
    summary: 'List stacks by name',
    request: { query: stacks.stackListQuery },
    response: { status: 200, description: 'A page of stacks.', body: stacks.stackPage },
    errors: [],
    ...plain,
  },
  describeStack: {
    method: 'GET',
    path: '/v1/stacks/{stack}',
    operationId: 'describeStack',
    tag: 'Stacks',
    summary: 'Read what was made from a template, and what is about to be',
    request: { params: stacks.stackParams },
    response: { status: 200, description: 'The stack.', body: stacks.stack },
    errors: ['not_found'],
    idempotent: false,
    etag: true,
  },
  putStack: {
    method: 'PUT',
    path: '/v1/stacks/{stack}',
    operationId: 'putStack',
    tag: 'Stacks',
    summary: 'Keep what is known about a stack; `chancery apply` does it with every step',
    description:
      'Nothing but the record is changed: what it speaks of is made and changed by the routes for that. Whoever names ' +
      'another revision than the one that stands changes nothing.',
    request: { params: stacks.stackParams, body: stacks.stackPut, bodyLimit: stacks.STACK_BODY_LIMIT },
    response: { status: 200, description: 'The stack as it is kept now.', body: stacks.stack },
    errors: ['not_found', 'state_conflict'],
    ...plain,
  },
  deleteStack: {
    method: 'DELETE',
    path: '/v1/stacks/{stack}',
    operationId: 'deleteStack',
    tag: 'Stacks',
    summary: 'Forget a stack; what was made from its template stays',
    request: { params: stacks.stackParams, query: stacks.stackDeletionQuery },
    response: { status: 204, description: 'It is forgotten.' },
    errors: ['not_found', 'state_conflict'],
    ...plain,
  },
} as const satisfies Record<string, Route>
