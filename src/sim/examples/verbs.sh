#!/usr/bin/env bash
# Other people's clients against the embedded world: kubectl's verbs, and tkn's when it is installed.
#
#   cargo run -p weir-sim --example serve          # or: weir demo serve; prints a path
#   KUBECONFIG=that-path src/sim/examples/verbs.sh
#
# Each line is one verb; the script ends with 1 when one of them did not do what it should.
set -u

failed=0
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
kubectl=${KUBECTL:-kubectl}
run="verbs-$$"

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

cat >"$work/run.yaml" <<YAML
apiVersion: tekton.dev/v1
kind: PipelineRun
metadata:
  name: $run
  annotations: {testbed/step-seconds: "3", testbed/log-lines: "30"}
spec:
  pipelineRef: {name: okd-coreos}
  params: [{name: version, value: "4.19"}]
  workspaces:
  - {name: registry-credentials, emptyDir: {}}
  - {name: s3-credentials, emptyDir: {}}
  - {name: shared-workspace, persistentVolumeClaim: {claimName: pipeline-scos-4.19-pvc}}
YAML

check "kubectl api-resources" 'pipelineruns +pr,prs +tekton.dev/v1' "$kubectl" api-resources
check "kubectl auth whoami" 'admin' "$kubectl" auth whoami
check "kubectl auth can-i" '^yes' "$kubectl" auth can-i create pipelineruns
check "kubectl get -A" 'okd-coreos-4.18-prod-pipelinerun-x2g7d +False +Failed' "$kubectl" get pipelineruns -A
check "kubectl get -o yaml" 'reason: Failed' "$kubectl" get pr okd-coreos-4.18-prod-pipelinerun-x2g7d -o yaml
check "kubectl get -l" 'cosa-build-baseos' "$kubectl" get tr -l tekton.dev/pipelineRun=okd-coreos-4.18-prod-pipelinerun-x2g7d
check "kubectl get --chunk-size" 'Completed' "$kubectl" get pods -A --chunk-size 50
check "kubectl describe pipelinerun" 'Message: +Tasks Completed: 3 \(Failed: 1' "$kubectl" describe pr okd-coreos-4.18-prod-pipelinerun-x2g7d
check "kubectl describe pod" 'FailedScheduling .*Insufficient devices.kubevirt.io/kvm' \
    "$kubectl" describe pod okd-coreos-4.22-prod-pipelinerun-b6zqf-cosa-init-pod
check "kubectl logs --tail" 'conmon' "$kubectl" logs okd-coreos-4.18-prod-pipelinerun-x2g7d-cosa-build-baseos-pod --tail 5
check "kubectl create --dry-run=server" "$run created \(server dry run\)" "$kubectl" create -f "$work/run.yaml" --dry-run=server
check "nothing was made by it" 'not found' "$kubectl" get pr "$run"
timeout 12 "$kubectl" get pr -A -w >"$work/watched" 2>&1 &
watching=$!
check "kubectl create" "$run created" "$kubectl" create -f "$work/run.yaml"
sleep 2
check "kubectl logs -f" 'line 0000030' "$kubectl" logs -f "$run-cosa-init-pod" -c step-prepare-repo
check "kubectl patch --dry-run=server" 'patched' \
    "$kubectl" patch pr "$run" --type merge -p '{"spec":{"status":"Cancelled"}}' --dry-run=server
check "the dry run changed nothing" 'Running' "$kubectl" get pr "$run"
check "kubectl patch" 'patched' "$kubectl" patch pr "$run" --type merge -p '{"spec":{"status":"Cancelled"}}'
sleep 1
check "it is cancelled" 'False +Cancelled' "$kubectl" get pr "$run"
check "a finished run takes no change" 'no updates are allowed' \
    "$kubectl" patch pr "$run" --type json -p '[{"op":"remove","path":"/spec/status"}]'
wait "$watching"
check "kubectl get -A -w" "$run +False +Cancelled" cat "$work/watched"
check "kubectl delete" "\"$run\" deleted" "$kubectl" delete pr "$run"
check "its pods went along" 'No resources found' "$kubectl" get pods -l "tekton.dev/pipelineRun=$run"

if command -v tkn >/dev/null; then
    check "tkn pipeline list" 'okd-release-pipeline' tkn pipeline list
    check "tkn pipelinerun list" 'okd-coreos-4.18-prod-pipelinerun-x2g7d .*Failed' tkn pipelinerun list
    check "tkn pipelinerun describe" 'cosa-build-baseos' tkn pipelinerun describe okd-coreos-4.18-prod-pipelinerun-x2g7d
    check "tkn pipelinerun logs" 'fetch-and-build-baseos\].*conmon' tkn pipelinerun logs okd-coreos-4.18-prod-pipelinerun-x2g7d
    "$kubectl" create -f "$work/run.yaml" >/dev/null
    sleep 2
    check "tkn pipelinerun cancel" 'cancelled' tkn pipelinerun cancel "$run"
    sleep 1
    check "it is cancelled" 'Cancelled' tkn pipelinerun describe "$run"
    check "tkn pipelinerun delete" 'deleted' tkn pipelinerun delete -f "$run"
else
    echo "        tkn is not installed: its verbs were not tried"
fi
exit "$failed"
