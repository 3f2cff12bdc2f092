#!/usr/bin/env bash
# Other people's clients against the embedded registry and signature store: skopeo, gpg and curl.
#
#   cargo run -p weir-sim --example serve          # prints the addresses of registry and web
#   src/sim/examples/registry.sh 127.0.0.1:PORT 127.0.0.1:PORT
#
# Each line is one thing tried; the script ends with 1 when one of them did not do what it should.
set -u

registry=${1:?the address of the registry, without http://}
web=${2:?the address of the web, without http://}
failed=0
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export GNUPGHOME=$work/gnupg
mkdir -m 700 "$GNUPGHOME"
release=4.21.0-okd-scos.7
promoted=docker://$registry/okd/scos-release:$release
bad=docker://$registry/origin/bad
pull() { skopeo copy --all --src-tls-verify=false "$1" "dir:$2"; }
push() { skopeo copy --all --src-tls-verify=false --dest-tls-verify=false "$@"; }

# check WORDS PATTERN COMMAND...: the command's output must hold the pattern.
check() {
    local words=$1 pattern=$2
    shift 2
    local said
    said=$("$@" 2>&1)
    if grep -Eq -- "$pattern" <<<"$said"; then
        echo "ok      $words"
    else
        echo "FAILED  $words: no /$pattern/ in:"
        head -5 <<<"$said"
        failed=1
    fi
}

check "skopeo list-tags" '"5.0.0-okd-scos.0"' skopeo list-tags --tls-verify=false "docker://$registry/okd/scos-release"
check "skopeo list-tags over several pages" '"5.1.0-0.okd-scos-nightly-' \
    skopeo list-tags --tls-verify=false "docker://$registry/origin/release-scos"
check "skopeo inspect" "\"io.openshift.release\": \"$release\"" skopeo inspect --tls-verify=false "$promoted"
check "skopeo copy to a folder" 'Storing list signatures' pull "$promoted" "$work/image"
digest=$(sha256sum <"$work/image/manifest.json" | cut -d' ' -f1)
check "the digest of the tag" "sha256:$digest" skopeo inspect --tls-verify=false --format '{{.Digest}}' "$promoted"

layer=
for file in "$work"/image/*; do
    tar tzf "$file" 2>/dev/null | grep -q '^release-manifests/image-references$' && layer=$file
done
component=$(tar xzOf "$layer" release-manifests/image-references | sed -n 's|.*"quay.io/\(okd/scos-content@sha256:[0-9a-f]*\)".*|\1|p' | head -1)
check "a component by its digest" 'Storing signatures' pull "docker://$registry/$component" "$work/component"

check "a push without a name" 'unauthorized|authentication required' push "$promoted" "docker://$registry/okd/scos-release:moved"
check "a push to another repository" 'Storing list signatures' \
    push --dest-creds demo:demo "$promoted" "docker://$registry/demo/releases:copy"
check "a push from a folder" 'Storing list signatures' \
    push --dest-creds demo:demo "dir:$work/image" "docker://$registry/demo/folder:copy"
check "the same bytes under the new name" "sha256:$digest" \
    skopeo inspect --tls-verify=false --format '{{.Digest}}' "docker://$registry/demo/releases:copy"
check "a wrong password" 'invalid username/password|unauthorized' \
    skopeo inspect --tls-verify=false --creds demo:guess "$promoted"

store=http://$web/openshift-ci-release/releases/signatures/openshift/release
signature() { curl -s "$store/sha256=$1/signature-1" | gpg -d; }
top() { skopeo inspect --tls-verify=false --format '{{.Digest}}' "$1" | cut -d: -f2; }
curl -s "http://$web/keys/verifier-public-key-openshift-ci-4" | gpg -q --import
check "gpg knows the signature" 'Good signature' signature "$digest"
check "it is for the digest" "\"docker-manifest-digest\":\"sha256:$digest\"" signature "$digest"
check "no signature of the unsigned" 'no valid OpenPGP data' signature "$(top "$bad:unsigned")"
check "a stranger's signature" "Can't check signature: No public key" signature "$(top "$bad:stranger")"
check "bytes of another digest" 'Digest did not match' pull "$bad:digest-mismatch" "$work/mismatch"
check "a layer that ends early" 'unexpected EOF' pull "$bad:truncated" "$work/truncated"
check "a redirect for ever" 'stopped after 10 redirects' pull "$bad:loop" "$work/loop"

check "quay's tags" '"has_additional":true' curl -s "http://$registry/api/v1/repository/okd/scos-release/tag/?limit=2&onlyActiveTags=true"
check "GitHub's latest" '"tag_name":"5.0.0-okd-scos.0"' curl -s "http://$web/github/repos/okd-project/okd/releases/latest"
check "the update graph" "\"version\":\"$release\"" curl -s "http://$web/api/updates/graph?channel=stable-4.21"
exit "$failed"
