<?php
// PHP's curl extension: an array as the body makes a form; CURLStringFile gives a part a name and a type.
$request = json_decode(stream_get_contents(STDIN), true);
$url = $argv[1];

function post(string $url, $body, array $headers = []): void
{
    $curl = curl_init($url);
    curl_setopt_array($curl, [
        CURLOPT_POSTFIELDS => $body,
        CURLOPT_HTTPHEADER => $headers,
        CURLOPT_RETURNTRANSFER => true,
        CURLOPT_PROXY => '',
    ]);
    if (curl_exec($curl) === false) {
        fwrite(STDERR, curl_error($curl));
        exit(1);
    }
}

$form = [];
foreach ($request['parts'] as $part) {
    $name = $part['name'];
    $form[$name] = match ($part['kind']) {
        'file' => new CURLStringFile(base64_decode($part['base64']), $part['filename'], $part['type']),
        'json' => new CURLStringFile($part['text'], 'metadata.json', $part['type']),
        'text' => $part['text'],
    };
}
post("$url/form", $form);
post("$url/json", json_encode($request['json']), ['Content-Type: application/json']);
$pairs = implode('&', array_map(fn ($pair) => urlencode($pair[0]) . '=' . urlencode($pair[1]), $request['pairs']));
post("$url/urlencoded", $pairs);
echo PHP_VERSION, ' libcurl ', curl_version()['version'];
