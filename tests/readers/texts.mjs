// texts.mjs FOLDER: every .gift and .md file of a folder, read by gift-pegjs and by marked.
import fs from 'node:fs';
import path from 'node:path';
import { parse } from 'gift-pegjs';
import { marked } from 'marked';

const folder = process.argv[2];
let failed = 0;
const fail = (file, words) => {
    if (failed++ < 100)
        console.log(`FAIL ${file}: ${words}`);
};

// GIFT's kinds, and what a question of each must have.
const kinds = {
    MC: ({ choices }) => choices.length >= 2 && choices.filter(({ isCorrect }) => isCorrect).length === 1,
    TF: ({ isTrue }) => typeof isTrue === 'boolean',
    Short: ({ choices }) => choices.some(({ isCorrect }) => isCorrect),
    Numerical: ({ choices }) => choices !== undefined,
    Matching: ({ matchPairs }) => matchPairs.length >= 2,
};
const tags = /<(?!\/?(?:p|code)>)[a-z!/?][^>]*>?/i;

const texts = function* (value) {
    if (typeof value === 'string')
        yield value;
    else if (value !== null && typeof value === 'object')
        for (const inner of Object.values(value))
            yield* texts(inner);
};

const readGift = (file, text) => {
    // a line that Moodle would take for a comment or for the end of a question
    const inside = text.replace(/^\/\/.*\n/, '');
    if (/^\s*(\/\/|0\s*$)/m.test(inside))
        fail(file, 'a line that is a comment or a lone 0');
    const questions = parse(text);
    const expected = Number(/: (\d+) +\S+: \d+$/m.exec(text)[1]);
    const asked = questions.filter(({ type }) => type !== 'Category');
    if (asked.length !== expected)
        fail(file, `gift-pegjs reads ${asked.length} questions of ${expected}`);
    for (const question of asked) {
        if (!(kinds[question.type]?.(question) ?? false))
            fail(file, `gift-pegjs reads ${question.title} as ${question.type}`);
        if (question.type !== 'TF' && !question.globalFeedback)
            fail(file, `${question.title} has no hint`);
        if (question.title.length > 255)
            fail(file, `${question.title} is too long a name`);
        const html = [question.stem, question.globalFeedback, question.matchPairs ?? [],
            question.type === 'MC' ? question.choices : []];
        for (const words of texts(html))
            if (tags.test(words))
                fail(file, `${question.title} has an element ${tags.exec(words)[0].slice(0, 80)}`);
    }
    return asked.length;
};

const cells = line => line.replace(/\\\|/g, '').split('|').length - 2;

const readMarkdown = (file, text) => {
    let rows = 0;
    const lines = text.split('\n');
    for (let i = 1; i < lines.length; i++)
        if (lines[i].startsWith('|') && lines[i - 1].startsWith('|') && cells(lines[i]) !== cells(lines[i - 1]))
            fail(file, `line ${i + 1} has ${cells(lines[i])} cells, the one before ${cells(lines[i - 1])}`);
    const tokens = marked.lexer(text);
    marked.walkTokens(tokens, token => {
        if (token.type === 'html' && !/^<br>\s*$/.test(token.raw))
            fail(file, `an element ${token.raw.slice(0, 80)}`);
        if (token.type === 'image')
            fail(file, `a picture ${token.href.slice(0, 80)}`);
        if (token.type === 'link' && !/^(#|https:\/\/(www\.rfc-editor\.org|www\.iana\.org|datatracker\.ietf\.org|developers\.google\.com)\/)/.test(token.href))
            fail(file, `a link to ${token.href.slice(0, 80)}`);
        if (token.type === 'table')
            rows += token.rows.length;
    });
    const written = lines.filter(line => line.startsWith('|')).length;
    const tables = lines.filter(line => /^\|(:?-+:?\|)+$/.test(line)).length;
    if (rows !== written - 2 * tables)
        fail(file, `marked reads ${rows} rows of ${written - 2 * tables}`);
};

let questions = 0;
let gift = 0;
let markdown = 0;
for (const file of fs.readdirSync(folder)) {
    const text = () => fs.readFileSync(path.join(folder, file), 'utf8');
    try {
        if (file.endsWith('.gift')) {
            gift++;
            questions += readGift(file, text());
        } else if (file.endsWith('.md')) {
            markdown++;
            readMarkdown(file, text());
        }
    } catch (error) {
        fail(file, String(error).slice(0, 300));
    }
}
console.log(`${gift} quizzes (${questions} questions) and ${markdown} Markdown files read, ${failed} complaints`);
process.exitCode = failed > 0 || gift === 0 || markdown === 0 ? 1 : 0;
