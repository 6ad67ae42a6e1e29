// SPDX-License-Identifier: Apache-2.0
// A central system on the npm package ocpp-rpc: strict schemas both ways, Basic, TLS, mutual TLS.
// It decides nothing: commands come as JSON lines on standard input, what happens goes out the
// same way (README.md lists both). Answers to calls are asked for, and so given by the test.
'use strict';
const fs = require('fs');
const http = require('http');
const https = require('https');
const readline = require('readline');
const { RPCServer, createRPCError, NOREPLY } = require('ocpp-rpc');

const PROTOCOL = 'ocpp1.6';
const clients = new Map(); // identity -> the latest connection
const questions = new Map(); // number -> {resolve, reject, client}
let asked = 0;
let listener = null; // {web, server, sockets, options}
let refusal = null;

function say(event, members) {
    process.stdout.write(JSON.stringify({ event, ...members }) + '\n');
}

// ---- connections ------------------------------------------------------------------------------

function certificateName(request) {
    const certificate = request.socket.getPeerCertificate && request.socket.getPeerCertificate();
    return (certificate && certificate.subject && certificate.subject.CN) || null;
}

function authenticate(accept, reject, handshake) {
    say('upgrade', {
        id: handshake.identity,
        path: handshake.request.url,
        protocols: [...handshake.protocols],
        authorization: handshake.headers.authorization || null,
        password: handshake.password ? handshake.password.toString('hex') : null,
        version: handshake.headers['sec-websocket-version'],
        extensions: handshake.headers['sec-websocket-extensions'] || '',
        certificate: certificateName(handshake.request),
    });
    if (refusal && refusal.status) reject(refusal.status, 'refused');
    else if (refusal && refusal.protocol === null) accept({}, false);
    else accept();
}

function asks(client, question) {
    return new Promise((resolve, reject) => {
        const n = ++asked;
        questions.set(n, { resolve, reject, client });
        say('call', { id: client.identity, n, message: question.messageId,
            action: question.method, payload: question.params });
    });
}

function onClient(client) {
    const id = client.identity;
    const socket = client._ws; // the package has no way to send frames that are not OCPP
    clients.set(id, client);
    client.handle((question) => asks(client, question));
    client.on('message', ({ message, outbound }) => {
        if (!outbound) say('frame', { id, text: message });
    });
    client.on('strictValidationFailure', ({ outbound, method, error }) => {
        if (!outbound) say('invalid', { id, action: method, text: error.message });
    });
    client.on('badMessage', ({ error }) => say('bad', { id, text: error.message }));
    client.on('close', ({ code }) => say('close', { id, code }));
    socket.on('ping', () => say('ping', { id }));
    socket.on('pong', (data) => say('pong', { id, data: data.toString() }));
    say('open', { id, protocol: client.protocol });
}

// ---- listening --------------------------------------------------------------------------------

function makeWeb(tls) {
    if (!tls) return http.createServer();
    return https.createServer({
        cert: fs.readFileSync(tls.cert),
        key: fs.readFileSync(tls.key),
        ca: tls.ca && fs.readFileSync(tls.ca),
        requestCert: Boolean(tls.ca),
        rejectUnauthorized: Boolean(tls.ca),
    });
}

function makeServer(options) {
    const server = new RPCServer({
        protocols: [PROTOCOL],
        strictMode: true,
        callTimeoutMs: 20000,
        wssOptions: options.deflate ? { perMessageDeflate: { threshold: 0 } } : {},
    });
    server.auth(authenticate);
    server.on('client', onClient);
    const choose = server._wss.options.handleProtocols;
    server._wss.options.handleProtocols = (protocols, request) =>
        (refusal && refusal.protocol) || choose(protocols, request);
    return server;
}

function listen(options) {
    const web = makeWeb(options.tls);
    const server = makeServer(options);
    const sockets = new Set();
    web.on('upgrade', server.handleUpgrade);
    web.on('connection', (socket) => {
        sockets.add(socket);
        socket.on('close', () => sockets.delete(socket));
        socket.on('error', () => {});
    });
    web.on('tlsClientError', (error) => say('tls', { text: error.message }));
    web.on('error', (error) => say('failed', { text: error.message }));
    web.listen(options.port || 0, '127.0.0.1', () => {
        listener = { web, server, sockets, options: { ...options, port: web.address().port } };
        say('listening', { port: web.address().port });
    });
}

function down() {
    if (!listener || !listener.web.listening) return say('down', {});
    for (const socket of listener.sockets) socket.destroy();
    listener.web.close(() => say('down', {}));
}

function drop({ id }) {
    const client = clients.get(id);
    if (client) client._ws.terminate();
}

// ---- messages ---------------------------------------------------------------------------------

function reply({ n, result, error, text }) {
    const question = questions.get(n);
    questions.delete(n);
    if (!question) return;
    if (result !== undefined) return question.resolve(result);
    if (error) return question.reject(createRPCError(error.code, error.description, error.details));
    if (text !== undefined) question.client.sendRaw(text);
    question.resolve(NOREPLY);
}

// Replies that were given before leave before: the package needs a few turns for each.
function afterReplies() {
    return new Promise((resolve) => { setImmediate(resolve); });
}

async function call({ id, n, action, payload }) {
    await afterReplies();
    try {
        const client = clients.get(id);
        if (!client) throw new Error(`${id} is not connected`);
        say('answer', { n, result: await client.call(action, payload) });
    } catch (error) {
        if (error.rpcErrorCode)
            say('answer', { n, error: { code: error.rpcErrorCode, description: error.message,
                details: error.details } });
        else say('answer', { n, failure: error.message });
    }
}

async function send({ id, fragments, binary }) {
    await afterReplies();
    const socket = clients.get(id)._ws;
    fragments.forEach((text, i) => socket.send(binary ? Buffer.from(text, 'base64') : text,
        { fin: i === fragments.length - 1, binary: Boolean(binary) }));
}

const commands = {
    listen,
    down,
    up: () => listen(listener.options),
    drop,
    refuse: (command) => { refusal = command.how; },
    reply,
    call,
    send,
    ping: ({ id, data }) => clients.get(id)._ws.ping(data),
};

// ---- the program ------------------------------------------------------------------------------

const input = readline.createInterface({ input: process.stdin });
input.on('line', async (line) => {
    const command = JSON.parse(line);
    try {
        await commands[command.do](command);
    } catch (error) {
        say('failed', { text: `${command.do}: ${error.message}` });
    }
});
input.on('close', () => process.exit(0));
process.on('uncaughtException', (error) => say('failed', { text: error.stack }));
process.on('unhandledRejection', (error) => say('failed', { text: String(error && error.stack) }));
say('ready', {});
