/**
 * Runs a declarative Jenkinsfile without Jenkins: `groovy run.groovy JENKINSFILE BUILD RECORD`. What declarative syntax
 * and each step take is checked as Jenkins does; `sh` is executed, and everything else is written down. BUILD says, in
 * JSON, what Jenkins would: `env`, `params`, `cause`, `gate` (an answer to `input`) and `directory`. RECORD becomes the
 * `result`, the `stages` by what became of them, and the `steps` in their order.
 */
import groovy.json.JsonOutput
import groovy.json.JsonSlurper
import java.lang.annotation.ElementType
import java.lang.annotation.Target
import org.codehaus.groovy.ast.ClassCodeVisitorSupport
import org.codehaus.groovy.ast.ClassNode
import org.codehaus.groovy.ast.expr.*
import org.codehaus.groovy.ast.stmt.*
import org.codehaus.groovy.classgen.GeneratorContext
import org.codehaus.groovy.control.CompilePhase
import org.codehaus.groovy.control.CompilerConfiguration
import org.codehaus.groovy.control.SourceUnit
import org.codehaus.groovy.control.customizers.CompilationCustomizer

@Target([ElementType.LOCAL_VARIABLE])
@interface Library {
  String[] value()
}

/** What is wrong with the file itself. */
class Invalid extends RuntimeException {
  Invalid(String message) { super(message) }
}

/** How a build ends other than by succeeding. */
class Ended extends RuntimeException {
  final String result
  Ended(String result, String message) { super(message); this.result = result }
}

/** Declarative syntax has calls alone; any other code is for `script` and `expression`. */
class OnlyCalls extends CompilationCustomizer {
  OnlyCalls() { super(CompilePhase.CONVERSION) }

  void call(SourceUnit source, GeneratorContext context, ClassNode type) {
    source.AST.statementBlock.statements.findAll { isCall(it, 'pipeline') }.each { look(it) }
  }

  private static boolean isCall(Statement statement, String name) {
    statement instanceof ExpressionStatement && statement.expression instanceof MethodCallExpression &&
      statement.expression.methodAsString == name
  }

  private void look(Statement statement) {
    if (!(statement instanceof ExpressionStatement && statement.expression instanceof MethodCallExpression &&
        statement.expression.implicitThis)) {
      throw new Invalid("line ${statement.lineNumber}: declarative syntax takes a section or a step here, no other code")
    }
    def call = statement.expression as MethodCallExpression
    if (call.methodAsString in ['script', 'expression']) return
    (call.arguments instanceof TupleExpression ? call.arguments.expressions : [])
      .findAll { it instanceof ClosureExpression }
      .each { closure -> closure.code.statements.each { look(it) } }
  }
}

/** Takes the calls of a section and nothing else. */
class Section {
  final String place
  final Map<String, Closure> allowed
  Section(String place, Map<String, Closure> allowed) { this.place = place; this.allowed = allowed }

  static void read(String place, Closure body, Map<String, Closure> allowed) {
    body = body.clone() as Closure
    body.delegate = new Section(place, allowed)
    body.resolveStrategy = Closure.DELEGATE_FIRST
    body()
  }

  Object invokeMethod(String name, Object args) {
    if (!allowed.containsKey(name)) throw new Invalid("${place} takes no ${name}; it takes ${allowed.keySet().join(', ')}")
    allowed[name].call(*(args as Object[]))
  }
}

class Stage {
  String name
  Boolean agent
  List<Closure> conditions = []
  Closure steps
  List<Stage> stages = []
  Map<String, Closure> post = [:]
}

/** What a step takes by name; the first stands for a single unnamed value. */
class Signatures {
  static final Map<String, List<String>> NAMED = [
    archiveArtifacts: ['artifacts', 'allowEmptyArchive', 'excludes', 'fingerprint', 'followSymlinks', 'onlyIfSuccessful'],
    catchError: ['buildResult', 'stageResult', 'message', 'catchInterruptions'],
    checkout: ['scm', 'changelog', 'poll'],
    echo: ['message'],
    input: ['message', 'id', 'ok', 'parameters', 'submitter', 'submitterParameter'],
    junit: ['testResults', 'allowEmptyResults', 'keepLongStdio', 'skipPublishingChecks', 'skipMarkingBuildUnstable'],
    lock: ['resource', 'extra', 'inversePrecedence', 'label', 'quantity', 'variable', 'skipIfLocked', 'priority'],
    milestone: ['ordinal', 'label', 'unsafe'],
    sh: ['script', 'encoding', 'label', 'returnStatus', 'returnStdout'],
    withCredentials: ['bindings'],
    cloneOption: ['shallow', 'noTags', 'reference', 'timeout', 'depth', 'honorRefspec'],
    gitUsernamePassword: ['credentialsId', 'gitToolName'],
    localBranch: ['localBranch'],
    string: ['credentialsId', 'variable'],
    scmGit: ['userRemoteConfigs', 'branches', 'extensions', 'browser', 'gitTool'],
  ]
  static final List<String> ON_AN_AGENT = ['archiveArtifacts', 'checkout', 'junit', 'sh', 'withCredentials']
  static final List<String> VALUES = ['cloneOption', 'gitUsernamePassword', 'localBranch', 'scmGit', 'string']

  static Map read(String step, List args) {
    def known = NAMED[step]
    if (known == null) throw new Invalid("${step} is no step that this runner knows")
    def plain = args.findAll { !(it instanceof Closure) }
    def given = plain.size() == 1 && plain[0] instanceof Map ? plain[0] : plain.isEmpty() ? [:] : [(known[0]): plain[0]]
    def unknown = given.keySet() - known
    if (plain.size() > 1 || unknown) throw new Invalid("${step} takes ${known.join(', ')}, not ${unknown ?: plain}")
    given
  }
}

/** What a step that only describes something gives to another one. */
class Value {
  String step
  Map named

  String toString() { "${step} ${named}" }
}

abstract class Steps extends Script {
  Object methodMissing(String name, Object args) {
    binding.getVariable('build').step(name, (args as Object[]).toList())
  }
}

/** Where the names of steps in a Jenkinsfile lead. */
class Performer {
  final Build build
  Performer(Build build) { this.build = build }

  Object invokeMethod(String name, Object args) { build.step(name, (args as Object[]).toList()) }
}

class Build {
  final Map given
  final GroovyShell shell
  final File vars
  final Map<String, Script> library = [:]
  final List<Map> steps = []
  final List<Map> stages = []
  String result = 'SUCCESS'
  boolean stopped
  private final Stack<String> locks = new Stack()
  private final Stack<String> credentials = new Stack()
  private final Map<String, Object> bound = [:]
  private final Stack<Boolean> agents = new Stack()
  private final Stack<String> names = new Stack()
  Map declared = [options: [], parameters: [], cron: []]

  Build(File jenkinsfile, Map given) {
    this.given = given
    vars = new File(jenkinsfile.parentFile, 'vars')
    def configuration = new CompilerConfiguration(scriptBaseClass: 'Steps')
    configuration.addCompilationCustomizers(new OnlyCalls())
    def scm = [branches: ['*/main'], userRemoteConfigs: [[url: 'https://git.example.com/team/blog.git']]]
    shell = new GroovyShell(
      Build.classLoader,
      new Binding(build: this, env: given.env, params: given.params, scm: scm),
      configuration,
    )
  }

  Object step(String name, List args) {
    if (name == 'pipeline') return pipeline(args[0])
    def shared = new File(vars, "${name}.groovy")
    if (shared.exists()) {
      if (!library[name]) library[name] = shell.parse(shared)
      return library[name].call(*args)
    }
    if (name == 'script') return args[0]()
    def named = Signatures.read(name, args)
    if (name in Signatures.VALUES) return new Value(step: name, named: named)
    if (name in Signatures.ON_AN_AGENT && !agents.peek()) {
      throw new Invalid("${name} needs an agent, and stage ${names.join(' / ')} has none")
    }
    def record = [stage: names.join(' / '), step: name] + named.collectEntries { key, value -> [key, value as String] }
    record += [locks: locks.toList(), credentials: credentials.toList(), agent: agents.peek()]
    steps << record
    def body = args.find { it instanceof Closure } as Closure
    switch (name) {
      case 'sh': return sh(named)
      case 'lock': return within(locks, named.resource as String, body)
      case 'withCredentials':
        def ids = named.bindings.collect { it.named.credentialsId }
        def texts = named.bindings.findAll { it.step == 'string' }
        texts.each { text -> bound[text.named.variable as String] = given.secrets[text.named.credentialsId as String] }
        try {
          return within(credentials, ids.join(','), body)
        } finally {
          texts.each { text -> bound.remove(text.named.variable as String) }
        }
      case 'catchError':
        try { return body() } catch (Ended ended) { result = ended.result; return null }
      case 'input':
        if (given.gate != 'open') throw new Ended('ABORTED', 'nobody opened the gate')
    }
  }

  private static Object within(Stack stack, Object value, Closure body) {
    stack.push(value)
    try { body() } finally { stack.pop() }
  }

  private Object sh(Map named) {
    // As Jenkins does: each command is shown.
    def builder = new ProcessBuilder('sh', '-xe', '-c', named.script as String)
    builder.directory(new File(given.directory as String)).redirectErrorStream(true)
    given.env.each { key, value -> if (value != null) builder.environment().put(key, value as String) }
    bound.each { key, value -> builder.environment().put(key, value as String) }
    def process = builder.start()
    process.outputStream.close()
    def text = process.inputStream.text
    def code = process.waitFor()
    print text
    if (named.returnStatus) return code
    if (code != 0) throw new Ended('FAILURE', "script returned exit code ${code}")
    named.returnStdout ? text : null
  }

  private void pipeline(Closure body) {
    def all = []
    def post = [:]
    def agent = null
    Section.read('pipeline', body, [
      agent: { agent = isAgent(it) },
      options: { Closure options -> readOptions('options of the pipeline', options, ['disableConcurrentBuilds', 'timeout']) },
      parameters: { Closure parameters -> Section.read('parameters', parameters, [
        choice: { declared.parameters << it }, string: { declared.parameters << it }, booleanParam: { declared.parameters << it },
      ]) },
      triggers: { Closure triggers -> Section.read('triggers', triggers, [cron: { declared.cron << it }]) },
      stages: { Closure stages -> all = readStages(stages) },
      post: { Closure closure -> post = readPost(closure) },
    ])
    if (agent == null || !all) throw new Invalid('pipeline needs an agent and stages')
    agents.push(agent)
    all.each { runStage(it) }
    runPost(post)
    agents.pop()
  }

  private static boolean isAgent(Object what) {
    if (what in ['any', 'none']) return what == 'any'
    throw new Invalid("agent takes any or none, not ${what}")
  }

  private void readOptions(String place, Closure options, List<String> more) {
    def names = ['timestamps', 'skipDefaultCheckout', 'timeout', 'retry', *more, *(more ? ['buildDiscarder', 'logRotator'] : [])]
    Section.read(place, options, names.collectEntries { name -> [name, { Object... args -> declared.options << name; [:] }] })
  }

  private List<Stage> readStages(Closure body) {
    def all = []
    Section.read('stages', body, [stage: { String name, Closure stage -> all << readStage(name, stage) }])
    if (!all) throw new Invalid('stages holds no stage')
    all
  }

  private Stage readStage(String name, Closure body) {
    def stage = new Stage(name: name)
    Section.read("stage ${name}", body, [
      agent: { stage.agent = isAgent(it) },
      when: { Closure when -> stage.conditions = readConditions("when of stage ${name}", when) },
      options: { Closure options -> readOptions("options of stage ${name}", options, []) },
      steps: { Closure steps -> stage.steps = steps },
      stages: { Closure stages -> stage.stages = readStages(stages) },
      post: { Closure post -> stage.post = readPost(post) },
    ])
    if ((stage.steps == null) == stage.stages.isEmpty()) throw new Invalid("stage ${name} needs either steps or stages")
    stage
  }

  private static Map<String, Closure> readPost(Closure body) {
    def post = [:]
    def conditions = ['always', 'failure', 'success', 'aborted', 'unsuccessful', 'cleanup']
    Section.read('post', body, conditions.collectEntries { name -> [name, { Closure steps -> post[name] = steps }] })
    post
  }

  private List<Closure> readConditions(String place, Closure body) {
    def all = []
    def env = given.env
    Section.read(place, body, [
      beforeAgent: { assert it instanceof Boolean },
      branch: { String name -> all << { env.BRANCH_NAME == name } },
      changeRequest: { Object... none -> all << { env.CHANGE_ID != null } },
      triggeredBy: { String cause -> all << { given.cause == cause } },
      expression: { Closure asked -> all << { asked() } },
      not: { Closure denied -> def one = readConditions(place, denied); all << { !one.every { it() } } },
    ])
    if (!all) throw new Invalid("${place} holds no condition")
    all
  }

  private void runStage(Stage stage) {
    names.push(stage.name)
    def skipped = stopped || !stage.conditions.every { it() }
    def entry = [name: names.join(' / '), state: skipped ? 'skipped' : 'done']
    stages << entry
    if (!skipped) {
      agents.push(stage.agent == null ? agents.peek() : stage.agent)
      try {
        if (stage.steps) perform(stage.steps)
        stage.stages.each { runStage(it) }
      } catch (Ended ended) {
        println ended.message
        stopped = true
        result = ended.result
        entry.state = ended.result
      }
      runPost(stage.post)
      agents.pop()
    }
    names.pop()
  }

  private void runPost(Map<String, Closure> post) {
    def held = ['always', result == 'SUCCESS' ? 'success' : 'unsuccessful', result.toLowerCase(), 'cleanup'].unique()
    held.each { name -> if (post[name]) perform(post[name]) }
  }

  private void perform(Closure body) {
    body = body.clone() as Closure
    body.delegate = new Performer(this)
    body.resolveStrategy = Closure.DELEGATE_FIRST
    body()
  }
}

def (jenkinsfile, build, record) = args.collect { new File(it) }
def run = new Build(jenkinsfile.absoluteFile, new JsonSlurper().parse(build) as Map)
try {
  // What Jenkins offers as a name of its own.
  run.shell.setVariable('any', 'any')
  run.shell.setVariable('none', 'none')
  run.shell.evaluate(jenkinsfile)
} catch (Invalid invalid) {
  println "invalid: ${invalid.message}"
  System.exit(2)
}
record.text = JsonOutput.toJson([result: run.result, stages: run.stages, steps: run.steps, declared: run.declared])
