# LWP: HTTP::Request::Common with Content_Type 'form-data'.
use strict;
use warnings;
use Encode qw(encode_utf8);
use HTTP::Request::Common qw(POST);
use JSON::PP;
use LWP::UserAgent;
use MIME::Base64;

my $url = shift @ARGV;
my $request = decode_json(do { local $/; <STDIN> });
my $agent = LWP::UserAgent->new(env_proxy => 0);
my @form;
for my $part (@{ $request->{parts} }) {
    my $name = encode_utf8($part->{name});
    if ($part->{kind} eq 'file') {
        push @form, $name, [undef, encode_utf8($part->{filename}), Content_Type => $part->{type}, Content => decode_base64($part->{base64})];
    } elsif ($part->{kind} eq 'json') {
        push @form, $name, [undef, undef, Content_Type => $part->{type}, Content => encode_utf8($part->{text})];
    } else {
        push @form, $name, encode_utf8($part->{text});
    }
}
$agent->request(POST("$url/form", Content_Type => 'form-data', Content => \@form));
$agent->request(POST("$url/json", Content_Type => 'application/json', Content => encode_json($request->{json})));
$agent->request(POST("$url/urlencoded", [map { (encode_utf8($_->[0]), encode_utf8($_->[1])) } @{ $request->{pairs} }]));
print $HTTP::Request::Common::VERSION;
