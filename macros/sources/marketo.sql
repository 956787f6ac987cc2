{#- Fields of a lead in Marketo that are columns of the contract's leads, by the letters of their column and of the names that
    Marketo shows them by -> the attribute. E-mail, phone and names are no criteria of fit: their changes are not read. -#}
{% macro marketo_standard_fields() %}
    {{ return({
        'title': 'job_title', 'jobtitle': 'job_title', 'company': 'company_name', 'companyname': 'company_name',
        'industry': 'industry', 'numberofemployees': 'employee_count', 'numemployees': 'employee_count',
        'annualrevenue': 'annual_revenue', 'country': 'country', 'leadsource': 'lead_source',
    }) }}
{% endmacro %}

{#- The team's own fields: attribute of leads -> column in `lead`. -#}
{% macro marketo_lead_fields() %}
    {% set fields = {} %}
    {% for attribute, column in var('marketo_lead_fields').items() %}
        {% do fields.update({attribute | lower: column | lower}) %}
    {% endfor %}
    {{ return(fields) }}
{% endmacro %}

{#- The columns of `lead` that variables name. -#}
{% macro marketo_lead_columns() %}
    {% set columns = marketo_lead_fields().values() | list + [var('marketo_status_field') | lower] %}
    {{ return(columns | unique | list) }}
{% endmacro %}

{#- A column of `leads`: the team's own field for it, else `otherwise`. -#}
{% macro marketo_field(attribute, otherwise='null') %}
    {{ return(marketo_lead_fields().get(attribute, otherwise)) }}
{% endmacro %}

{#- Attributes that are no columns of `leads`: their present values too are rows of lead_attributes. -#}
{% macro marketo_own_attributes() %}
    {% set own = marketo_lead_fields().keys() | reject('in', lead_text_attributes() + lead_number_attributes()) %}
    {{ return(own | list) }}
{% endmacro %}

{#- The letters that a field of the team's own may be called by in a change of it: those of its column, without the ending that
    Salesforce gives custom fields too, and those of its attribute, where no field of Marketo's is meant by it. -#}
{% macro marketo_field_letters(attribute, column) %}
    {% set letters = [letters_of(column), letters_of(modules.re.sub('_+c$', '', column))] %}
    {% if attribute not in marketo_standard_fields().values() %}
        {% do letters.append(letters_of(attribute)) %}
    {% endif %}
    {{ return(letters | unique | list) }}
{% endmacro %}

{#- Letters of a field -> the attribute whose history its changes are. -#}
{% macro marketo_tracked_fields() %}
    {% set tracked, own = {}, marketo_lead_fields() %}
    {% for letters, attribute in marketo_standard_fields().items() if attribute not in own %}
        {% do tracked.update({letters: attribute}) %}
    {% endfor %}
    {% for attribute, column in own.items() %}
        {% for letters in marketo_field_letters(attribute, column) %}
            {% do tracked.update({letters: attribute}) %}
        {% endfor %}
    {% endfor %}
    {{ return(tracked) }}
{% endmacro %}

{#- The CTEs `fields` and `changes`: every change of a field of a lead, with the letters of the field and whether it is the first
    one of that field and lead. The name that Marketo shows can be changed; the one of the REST API stays, where the connector has
    it. -#}
{% macro marketo_changes() -%}
    fields as (

        select
            id,
            min(restname) as restname
        from {{ ref('base_marketo__lead_describe') }}
        group by id

    ),

    named as (

        select
            changes.*,
            {{ letters_in('coalesce(fields.restname, changes.primary_attribute_value)') }} as field
        from {{ ref('base_marketo__activity_change_data_value') }} as changes
        left join fields on changes.primary_attribute_value_id = fields.id

    ),

    changes as (

        select
            named.*,
            row_number() over (
                partition by lead_id, field
                order by activity_date asc nulls last, length(id) asc, id asc, new_value asc
            ) as change_rank
        from named

    )
{%- endmacro %}

{#- The kind of a campaign by the channel of its program: Marketo's own channels by the words of the mappings, others as they are
    called. -#}
{% macro marketo_kind(channel, program_type) -%}
    {%- set kinds = {
        'email': 'email', 'email send': 'email', 'email blast': 'email', 'newsletter': 'email', 'nurture': 'email',
        'webinar': 'webinar', 'tradeshow': 'trade_show', 'trade show': 'trade_show', 'live event': 'event', 'roadshow': 'event',
    } -%}
    case lower(trim(coalesce({{ channel }}, {{ program_type }})))
        {%- for name, kind in kinds.items() %}
        when '{{ name }}' then '{{ kind }}'
        {%- endfor %}
        else replace(lower(trim(coalesce({{ channel }}, {{ program_type }}))), ' ', '_')
    end
{%- endmacro %}

{#- The response that a status in a program is: in the words of the mappings for Marketo's own statuses. -#}
{% macro marketo_response(status) -%}
    case
        when lower(trim({{ status }})) in ('attended on-demand', 'attended on demand') then 'attended'
        when lower(trim({{ status }})) = 'visited booth' then 'visited'
        else replace(lower(trim({{ status }})), ' ', '_')
    end
{%- endmacro %}

{#- Statuses in a program by which a member has not responded to it, or only to an e-mail, which is a message event. -#}
{% macro marketo_silent_statuses() %}
    {{ return([
        'not in program', 'member', 'on list', 'invited', 'sent', 'delivered', 'opened', 'clicked', 'bounced', 'unsubscribed',
        'pending approval', 'rejected', 'waitlisted', 'wait listed', 'no show', 'no-show',
    ]) }}
{% endmacro %}
