package sandbox

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// The scenario, driven by clients that share no code with the sandbox or with
// each other. Each is used where it is on PATH.

const theresaRefused = "User: arn:aws:iam::111122223333:user/Theresa is not authorized to perform: sts:AssumeRole on resource: " + UpdateApp

const payrollRefused = "User: " + roleSession + ` is not authorized to perform: s3:ListBucket on resource: "arn:aws:s3:::payroll" because no identity-based policy allows the s3:ListBucket action`

// home writes the box's home and returns the environment for a client.
func (b *box) home() (dir string, environment []string) {
	b.Helper()
	dir = b.TempDir()
	b.must(b.world.WriteHome(dir, b.endpoint))
	for _, variable := range os.Environ() {
		if !strings.HasPrefix(variable, "AWS_") && !strings.Contains(strings.ToUpper(variable), "_PROXY=") {
			environment = append(environment, variable)
		}
	}
	return dir, append(environment,
		"AWS_CONFIG_FILE="+filepath.Join(dir, "config"), "AWS_SHARED_CREDENTIALS_FILE="+filepath.Join(dir, "credentials"),
		"AWS_ENDPOINT_URL="+b.endpoint, "AWS_EC2_METADATA_DISABLED=true", "AWS_PAGER=")
}

func TestAWSCLI(t *testing.T) {
	aws, err := exec.LookPath("aws")
	if err != nil {
		t.Skip("the AWS CLI is not on PATH")
	}
	t.Parallel()
	b := startBox(t)
	dir, environment := b.home()
	run := func(extra []string, arguments ...string) (string, error) {
		command := exec.Command(aws, append(arguments, "--endpoint-url", b.endpoint, "--region", "us-east-1")...)
		command.Env, command.Dir = append(environment, extra...), dir
		out, err := command.CombinedOutput()
		return strings.TrimSpace(string(out)), err
	}
	if _, err := run(nil, "--version"); err != nil {
		t.Skipf("the AWS CLI does not run: %v", err)
	}
	assume := func(profile string) (string, error) {
		return run(nil, "sts", "assume-role", "--profile", profile, "--role-arn", UpdateApp, "--role-session-name", "David",
			"--serial-number", b.person(profile).MFASerial, "--token-code", b.code(profile), "--output", "text",
			"--query", "Credentials.[AccessKeyId,SecretAccessKey,SessionToken]")
	}
	if out, err := assume("theresa"); err == nil || !strings.Contains(out, "(AccessDenied) when calling the AssumeRole operation: "+theresaRefused) {
		t.Errorf("Theresa: %v %s", err, out)
	}
	out, err := assume("david")
	fields := strings.Fields(out)
	if err != nil || len(fields) != 3 {
		t.Fatalf("%v %s", err, out)
	}
	session := []string{"AWS_ACCESS_KEY_ID=" + fields[0], "AWS_SECRET_ACCESS_KEY=" + fields[1], "AWS_SESSION_TOKEN=" + fields[2]}
	if out, err := run(session, "sts", "get-caller-identity", "--output", "text", "--query", "Arn"); err != nil || out != roleSession {
		t.Errorf("%v %s", err, out)
	}
	if err := os.WriteFile(filepath.Join(dir, "up.txt"), []byte("42\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, step := range [][]string{
		{"s3", "cp", "up.txt", "s3://productionapp/a dir/up+1.txt"},
		{"s3", "cp", "s3://productionapp/a dir/up+1.txt", "down.txt"},
	} {
		if out, err := run(session, step...); err != nil {
			t.Errorf("%v: %v %s", step, err, out)
		}
	}
	if text, err := os.ReadFile(filepath.Join(dir, "down.txt")); err != nil || string(text) != "42\n" {
		t.Errorf("%q %v", text, err)
	}
	if out, err := run(session, "s3", "ls", "s3://productionapp", "--recursive"); err != nil || !strings.Contains(out, "a dir/up+1.txt") || !strings.Contains(out, "version.txt") {
		t.Errorf("%v %s", err, out)
	}
	if out, err := run(session, "s3", "ls", "s3://payroll"); err == nil || !strings.Contains(out, "(AccessDenied) when calling the ListObjectsV2 operation: "+payrollRefused) {
		t.Errorf("payroll: %v %s", err, out)
	}
}

// steps is what the scripts below print: the answers of the same scenario.
type steps struct {
	Theresa, Arn, Read, Payroll, Stream, Empty, Reused string
}

func (b *box) checkSteps(text []byte) {
	b.Helper()
	var got steps
	if err := json.Unmarshal(text, &got); err != nil {
		b.Fatalf("%v\n%s", err, text)
	}
	want := steps{
		Theresa: "AccessDenied: " + theresaRefused, Arn: roleSession, Read: "42 é", Payroll: "AccessDenied: " + payrollRefused,
		Stream: "streamed", Empty: "", Reused: "AccessDenied: MultiFactorAuthentication failed with invalid MFA one time pass code. ",
	}
	if got != want {
		b.Errorf("got  %+v\nwant %+v", got, want)
	}
}

const pythonScript = `
import boto3, io, json, os
from botocore.exceptions import ClientError
def said(call):
    try: return call()
    except ClientError as e: return e.response["Error"]["Code"] + ": " + e.response["Error"]["Message"]
endpoint = os.environ["ENDPOINT"]
def client(profile, name): return boto3.Session(profile_name=profile).client(name, endpoint_url=endpoint)
role = os.environ["ROLE"]
def assume(profile):
    return client(profile, "sts").assume_role(RoleArn=role, RoleSessionName="David", SerialNumber=os.environ["SERIAL_" + profile], TokenCode=os.environ["CODE_" + profile])
out = {"Theresa": said(lambda: assume("theresa"))}
c = assume("david")["Credentials"]
s = boto3.Session(c["AccessKeyId"], c["SecretAccessKey"], c["SessionToken"], region_name="us-east-1")
out["Arn"] = s.client("sts", endpoint_url=endpoint).get_caller_identity()["Arn"]
s3 = s.client("s3", endpoint_url=endpoint)
s3.put_object(Bucket="productionapp", Key="d/é +1.txt", Body="42 é".encode())
out["Read"] = s3.get_object(Bucket="productionapp", Key="d/é +1.txt")["Body"].read().decode()
out["Payroll"] = said(lambda: s3.list_objects_v2(Bucket="payroll"))
s3.upload_fileobj(io.BytesIO(b"streamed"), "productionapp", "stream")
out["Stream"] = s3.get_object(Bucket="productionapp", Key="stream")["Body"].read().decode()
s3.put_object(Bucket="productionapp", Key="empty", Body=b"")
out["Empty"] = s3.get_object(Bucket="productionapp", Key="empty")["Body"].read().decode()
out["Reused"] = said(lambda: assume("david"))
print(json.dumps(out))
`

// scriptEnvironment is what the scripts read.
func (b *box) scriptEnvironment() []string {
	_, environment := b.home()
	for _, name := range []string{"david", "theresa"} {
		p := b.person(name)
		environment = append(environment, "SERIAL_"+name+"="+p.MFASerial, "CODE_"+name+"="+b.code(name), "KEY_"+name+"="+p.Key.ID, "SECRET_"+name+"="+p.Key.Secret)
	}
	return append(environment, "ENDPOINT="+b.endpoint, "ROLE="+UpdateApp)
}

// runScript runs a client's script and checks what it came to.
func (b *box) runScript(command *exec.Cmd) {
	b.Helper()
	command.Env = b.scriptEnvironment()
	var stderr strings.Builder
	command.Stderr = &stderr
	out, err := command.Output()
	if err != nil {
		b.Fatalf("%v\n%s", err, stderr.String())
	}
	b.checkSteps(out)
}

func TestBoto3(t *testing.T) {
	python, err := exec.LookPath("python3")
	if err != nil {
		t.Skip("python3 is not on PATH")
	}
	if exec.Command(python, "-c", "import boto3").Run() != nil {
		t.Skip("python3 has no boto3")
	}
	t.Parallel()
	startBox(t).runScript(exec.Command(python, "-c", pythonScript))
}

const nodeScript = `
const { STSClient, AssumeRoleCommand, GetCallerIdentityCommand } = require('@aws-sdk/client-sts')
const { S3Client, PutObjectCommand, GetObjectCommand, ListObjectsV2Command } = require('@aws-sdk/client-s3')
const { Readable } = require('stream')
const e = process.env, base = { endpoint: e.ENDPOINT, region: 'us-east-1', maxAttempts: 1, forcePathStyle: true }
const said = async f => { try { return await f() } catch (x) { return (x.Code || x.name) + ': ' + x.message } }
const assume = who => new STSClient({ ...base, credentials: { accessKeyId: e['KEY_' + who], secretAccessKey: e['SECRET_' + who] } })
  .send(new AssumeRoleCommand({ RoleArn: e.ROLE, RoleSessionName: 'David', SerialNumber: e['SERIAL_' + who], TokenCode: e['CODE_' + who] }))
;(async () => {
  const out = { Theresa: await said(() => assume('theresa')) }
  const c = (await assume('david')).Credentials
  const credentials = { accessKeyId: c.AccessKeyId, secretAccessKey: c.SecretAccessKey, sessionToken: c.SessionToken }
  out.Arn = (await new STSClient({ ...base, credentials }).send(new GetCallerIdentityCommand({}))).Arn
  const s3 = new S3Client({ ...base, credentials }), Bucket = 'productionapp'
  const read = async Key => (await s3.send(new GetObjectCommand({ Bucket, Key }))).Body.transformToString()
  await s3.send(new PutObjectCommand({ Bucket, Key: 'd/é +1.txt', Body: '42 é' }))
  out.Read = await read('d/é +1.txt')
  out.Payroll = await said(() => s3.send(new ListObjectsV2Command({ Bucket: 'payroll' })))
  await s3.send(new PutObjectCommand({ Bucket, Key: 'stream', Body: Readable.from([Buffer.from('stre'), Buffer.from('amed')]), ContentLength: 8 }))
  out.Stream = await read('stream')
  await s3.send(new PutObjectCommand({ Bucket, Key: 'empty', Body: Buffer.alloc(0) }))
  out.Empty = await read('empty')
  out.Reused = await said(() => assume('david'))
  console.log(JSON.stringify(out))
})()
`

func TestJavaScriptSDK(t *testing.T) {
	node, err := exec.LookPath("node")
	if err != nil {
		t.Skip("node is not on PATH")
	}
	if exec.Command(node, "-e", "require.resolve('@aws-sdk/client-sts'); require.resolve('@aws-sdk/client-s3')").Run() != nil {
		t.Skip("node finds no @aws-sdk/client-sts and @aws-sdk/client-s3 (NODE_PATH may name them)")
	}
	t.Parallel()
	startBox(t).runScript(exec.Command(node, "-e", nodeScript))
}
