// The job in JavaScript: needs Node 20 or newer and AWS's own SDK.
import { createHash } from 'node:crypto'
import { GetObjectCommand, S3Client } from '@aws-sdk/client-s3'

const REJECT = 3

async function parameters() {
  const { JOB_PARAMETERS, JOB_PARAMETERS_S3_URI, JOB_PARAMETERS_SHA256 } = process.env
  if (JOB_PARAMETERS !== undefined) return JSON.parse(JOB_PARAMETERS)
  const [, bucket, key] = JOB_PARAMETERS_S3_URI.match(/^s3:\/\/([^/]+)\/(.+)$/)
  const s3 = new S3Client({ forcePathStyle: 'AWS_ENDPOINT_URL' in process.env })
  const answer = await s3.send(new GetObjectCommand({ Bucket: bucket, Key: key }))
  const content = await answer.Body.transformToByteArray()
  if (createHash('sha256').update(content).digest('hex') !== JOB_PARAMETERS_SHA256) {
    console.error(`${JOB_PARAMETERS_S3_URI} is not what was sent`)
    process.exit(REJECT)
  }
  return JSON.parse(new TextDecoder().decode(content))
}

const { rows } = await parameters()
console.log(`total ${rows.reduce((sum, each) => sum + each, 0)}`)
