import type { RequestListener } from 'node:http'
import type { Ports } from '../core/ports/ports.ts'
import { createAwsFace } from '../faces/aws/app.ts'
import { answerProblem } from '../faces/http/problem.ts'
import { createRestApp, type RestOptions } from '../faces/rest/app.ts'
import type { Face } from './listeners.ts'

/** The API's port: AWS's requests are told by their heads, everything else is for REST. */
export function apiListener(ports: Ports, options: RestOptions): Face {
  const aws = createAwsFace(ports, options)
  const rest = createRestApp(ports, options) as RequestListener
  return {
    inner: (request, response) => {
      if (aws.speaks(request)) aws.answer(request, response)
      else rest(request, response)
    },
    refuse: (request, response, thrown) => {
      if (aws.speaks(request)) aws.refuse(request, response, thrown)
      else answerProblem(request, response, thrown, ports.logger)
    },
  }
}
