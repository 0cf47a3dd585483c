#!/usr/bin/env bash
# Polly.JS 6.0.6 (npm), which records the HTTP traffic of JavaScript tests as HAR: the body of a compressed response is the JSON text of
# an array, with a string in base64 for each chunk, although `content.encoding` says that the text itself is base64. A strict decoder
# rejects it.
# This script fails if that changes. It needs Node.js 18 or later with npm, and the registry.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm install --silent --no-audit --no-fund --ignore-scripts --prefix "$folder" \
    @pollyjs/core@6.0.6 @pollyjs/adapter-node-http@6.0.6 @pollyjs/persister-fs@6.0.6
cat >record.cjs <<'NODE'
const fs = require('fs'), http = require('http'), path = require('path'), zlib = require('zlib');
const { Polly } = require('@pollyjs/core');
Polly.register(require('@pollyjs/adapter-node-http'));
Polly.register(require('@pollyjs/persister-fs'));

const sent = zlib.gzipSync('{"status":"open"}');
const server = http.createServer((_, response) => {
  response.writeHead(200, { 'Content-Type': 'application/json', 'Content-Encoding': 'gzip' }).end(sent);
});
server.listen(0, '127.0.0.1', async () => {
  const polly = new Polly('a', {
    adapters: ['node-http'], persister: 'fs', mode: 'record', logLevel: 'silent',
    persisterOptions: { fs: { recordingsDir: 'recordings' } },
  });
  await new Promise((done) => {
    http.get(`http://127.0.0.1:${server.address().port}/`, (response) => response.resume().on('end', done));
  });
  await polly.stop();
  server.close();
  const [file] = fs.readdirSync('recordings');
  const har = JSON.parse(fs.readFileSync(path.join('recordings', file, 'recording.har')));
  const { encoding, text } = har.log.entries[0].response.content;
  const isBase64 = /^[A-Za-z0-9+/]*={0,2}$/.test(text);
  console.log(`a compressed body: encoding is ${encoding}, and the text is ${isBase64 ? '' : 'not '}base64: ${text.slice(0, 20)}...`);
  const chunks = isBase64 ? [] : JSON.parse(text);
  const isSent = Buffer.concat(chunks.map((chunk) => Buffer.from(chunk, 'base64'))).equals(sent);
  if (encoding !== 'base64' || isBase64 || !isSent) throw new Error('this has changed');
});
NODE
node record.cjs
