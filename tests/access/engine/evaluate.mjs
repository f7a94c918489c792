// Answers, on standard output, for each question on standard input whether it is allowed.
//
// In:  { documents: [policy], questions: [{ principal, action, resource, account, context,
//        identities: [index of a document], resourcePolicy: index or null }] }
// Out: ["Allowed" | "ImplicitlyDenied" | "ExplicitlyDenied"]
//
// A question that the engine does not understand is an error, never an answer.

import { text } from 'node:stream/consumers'
import { runSimulation } from '@cloud-copilot/iam-simulate'

// The engine knows no kms:EncryptionContext:<name>. Keys with free names and text for
// values that it does know are those of the principal's tags: these stand in for them.
const renamed = (json) =>
  json.replace(
    /kms:EncryptionContext:([A-Za-z:]+)/g,
    (_, name) => `aws:PrincipalTag/${name.replaceAll(':', '-')}`,
  )

const { documents, questions } = JSON.parse(renamed(await text(process.stdin)))

const simulationOf = (question) => ({
  request: {
    principal: question.principal,
    action: question.action,
    resource: { resource: question.resource, accountId: question.account },
    contextVariables: question.context,
  },
  identityPolicies: question.identities.map((index) => ({
    name: `document-${index}`,
    policy: documents[index],
  })),
  serviceControlPolicies: [],
  resourceControlPolicies: [],
  resourcePolicy:
    question.resourcePolicy === null ? undefined : documents[question.resourcePolicy],
})

const refuse = (question, problem) => {
  throw new Error(`${JSON.stringify(question)}: ${JSON.stringify(problem)}`)
}

const answer = async (question) => {
  const answered = await runSimulation(simulationOf(question), {})
  if (answered.resultType === 'error') refuse(question, answered.errors)
  const results = answered.results ?? [answered.result]
  const ignored = results.flatMap((each) => each.ignoredContextKeys ?? [])
  if (ignored.length > 0) refuse(question, { ignored })
  return answered.overallResult
}

const answers = []
for (const question of questions) answers.push(await answer(question))
process.stdout.write(JSON.stringify(answers))
