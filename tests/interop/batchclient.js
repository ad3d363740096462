// node batchclient.js PORT FOLDER: sends every file and empty folder below FOLDER as one batch with the library `ws`,
// after PROTOCOL.md, section 3; prints what the receiver said as one JSON object. Hashes by the tool xxhsum.
"use strict";
const { spawnSync } = require("child_process");
const crypto = require("crypto");
const fs = require("fs");
const http = require("http");
const path = require("path");
const WebSocket = require("ws");

const CHUNK = 262144;
const [port, folder] = process.argv.slice(2);

function xxhsum(algorithm, digits, bytes) {
    const said = spawnSync("xxhsum", [algorithm], { input: bytes }).stdout.toString();
    return Buffer.from(said.match(new RegExp(`[0-9a-f]{${digits}}`))[0], "hex");
}
const hash64 = (bytes) => xxhsum("-H3", 16, bytes);
const hash128 = (bytes) => xxhsum("-H2", 32, bytes);

function filesBelow(relative) {
    const names = fs.readdirSync(path.join(folder, relative));
    if (names.length === 0 && relative)
        return [{ path: relative, folder: true, mtime: 0 }];
    return names.flatMap((name) => {
        const below = relative ? `${relative}/${name}` : name;
        const status = fs.statSync(path.join(folder, below));
        if (status.isDirectory())
            return filesBelow(below);
        return [{ path: below, size: status.size, mtime: Math.floor(status.mtimeMs), executable: (status.mode & 0o100) !== 0 }];
    });
}

function control(message) {
    const json = JSON.stringify(message);
    return `${hash64(json).toString("hex")} ${json}`;
}

function readControl(text) {
    const json = text.slice(17);
    if (text.slice(0, 16) !== hash64(json).toString("hex"))
        throw new Error(`a control message with a wrong hash: ${text}`);
    return JSON.parse(json);
}

function chunkMessage(file, offset, bytes) {
    const head = Buffer.alloc(16);
    head.writeUInt32BE(file, 0);
    head.writeUInt32BE(bytes.length, 4);
    head.writeBigInt64BE(BigInt(offset), 8);
    const hashed = Buffer.concat([head, hash128(bytes)]);
    return Buffer.concat([hashed, hash64(hashed), bytes]);
}

function digestOf(content) {
    let chain = hash128(content.subarray(0, CHUNK));
    for (let at = CHUNK; at < content.length; at += CHUNK)
        chain = hash128(Buffer.concat([chain, hash128(content.subarray(at, at + CHUNK))]));
    return (content.length > CHUNK ? "xxh3-128-chain:" : "xxh3-128:") + chain.toString("hex");
}

function requestToken(files) {
    const offer = { batch: crypto.randomBytes(16).toString("hex"), files: files.length, names: ["from node"],
                    bytes: files.reduce((sum, file) => sum + (file.size || 0), 0) };
    return new Promise((resolve, reject) => {
        const request = http.request(
            { host: "127.0.0.1", port, path: "/upload", method: "POST", agent: false,
              headers: { "Content-Type": "application/json" } },
            (response) => {
                let body = "";
                response.setEncoding("utf8");
                response.on("data", (text) => (body += text));
                response.on("end", () =>
                    response.statusCode === 200 ? resolve(JSON.parse(body).token) : reject(new Error(`${response.statusCode}: ${body}`)));
            });
        request.on("error", reject);
        request.end(JSON.stringify(offer));
    });
}

async function main() {
    const files = filesBelow("");
    const token = await requestToken(files);
    const socket = new WebSocket(`ws://127.0.0.1:${port}/upload/${token}`, ["sockdrop.v1"]);
    const heard = { landed: [], skipped: [], failed: [], restarted: 0 };
    const contentOf = (number) => fs.readFileSync(path.join(folder, files[number - 1].path));
    let open = files.length;

    const settle = (list, entries) => {
        heard[list].push(...entries);
        open -= entries.length;
        if (open === 0)
            socket.send(control({ type: "end" }));
    };
    const send = (number, from) => {
        const content = contentOf(number);
        for (let at = from; at < content.length; at += CHUNK)
            socket.send(chunkMessage(number, at, content.subarray(at, at + CHUNK)));
    };
    const take = {
        plan(message) {
            (message.want || []).forEach((want) => send(want.file, want.offset || 0));
            settle("skipped", message.skip || []);
            for (const check of message.check || []) {
                if (check.digest !== digestOf(contentOf(check.file))) {
                    send(check.file, 0);
                    continue;
                }
                socket.send(control({ type: "same", files: [{ file: check.file }] }));
                settle("skipped", [check]);
            }
        },
        landed(message) {
            for (const landed of message.files) {
                const file = files[landed.file - 1];
                if (landed.digest !== (file.folder ? undefined : digestOf(contentOf(landed.file))))
                    throw new Error(`landed with another digest: ${JSON.stringify(landed)}`);
            }
            settle("landed", message.files);
        },
        failed: (message) => settle("failed", [message]),
        again: (message) => socket.send(chunkMessage(message.file, message.offset,
            contentOf(message.file).subarray(message.offset, message.offset + CHUNK))),
        receipt: (message) => (heard.receipt = message),
        ack: (message) => (heard.ack = message), // what a test sends is less than the credit
    };
    socket.on("message", (data, isBinary) => {
        const message = readControl(data.toString());
        if (isBinary || !take[message.type])
            throw new Error(`not to be said by a receiver: ${message.type}`);
        take[message.type](message);
    });
    socket.on("error", (error) => console.error(error.message));
    socket.on("close", (code) => console.log(JSON.stringify({ code, protocol: socket.protocol, ...heard })));
    socket.on("open", () => {
        socket.send(control({ type: "announce", first: 1, files }));
        socket.ping();
    });
}

main().catch((error) => {
    console.error(error.message);
    process.exit(1);
});
